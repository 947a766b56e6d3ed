// What you hear: Opus packets from the WebSocket, decoded here (WebCodecs) and scheduled without gaps; or, where the
// browser has no decoder, a live Ogg stream in an <audio> element. Volume and level meter work on both.

import { $ } from "./dom.js";

const RATE_HZ = 48000;
const START_S = 0.1; // the jitter buffer: how far ahead the first packet after a pause is scheduled
const LATE_S = 0.45; // more than this ahead is latency nobody wants: begin anew
const HEAD_BYTES = 16;
const FLOOR_DB = -60;
const SILENCE_BYTES = 3; // an Opus packet this short is silence
const QUIET_AFTER_MS = 400;

export class Sound {
  constructor({ listen, speaking }) {
    this.listen = listen;
    this.speaking = speaking;
    this.sounding = new Map();
    this.volumePct = Number(localStorage.getItem("volume") ?? 100);
    this.channelId = null;
    this.speakers = new Map();
    this.context = null;
    this.decodes = "AudioDecoder" in globalThis;
    this.received = 0;
  }

  /** Hear this channel from now on; null is none. */
  follow(channelId, deafened) {
    const wanted = deafened ? null : channelId;
    if (wanted === this.channelId) return;
    this.channelId = wanted;
    this.reset();
    if (!wanted) {
      if (this.decodes) this.listen(false);
      return;
    }
    this.open();
    if (this.decodes) this.listen(true);
    else this.playStream(wanted);
    this.showWake();
  }

  /** After a reconnect the server has forgotten that this tab listens. */
  again() {
    if (this.channelId && this.decodes) this.listen(true);
  }

  open() {
    if (this.context) return;
    this.context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" });
    this.gain = this.context.createGain();
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 2048;
    this.gain.connect(this.analyser).connect(this.context.destination);
    this.context.onstatechange = () => this.showWake();
    this.setVolume(this.volumePct);
    this.meter();
  }

  /** Browsers start sound only after a press. */
  async wake() {
    this.open();
    await this.context.resume();
    await this.element?.play();
    this.showWake();
  }

  showWake() {
    const button = $("wake-sound");
    if (button) button.hidden = this.context?.state === "running" || !this.channelId;
  }

  setVolume(percent) {
    this.volumePct = percent;
    localStorage.setItem("volume", String(percent));
    if (this.gain) this.gain.gain.setTargetAtTime((percent / 100) ** 2, this.context.currentTime, 0.015);
    const shown = $("volume-value");
    if (shown) shown.textContent = `${percent}%`;
    $("volume")?.style.setProperty("--at", `${(percent / 150) * 100}%`);
  }

  /** A packet: user u64, timestamp u32, sequence u16, zero u16, Opus. */
  take(data) {
    if (!this.channelId || !this.context) return;
    const head = new DataView(data);
    const user = head.getBigUint64(0).toString();
    const packet = { timestamp: head.getUint32(8), sequence: head.getUint16(12), opus: new Uint8Array(data, HEAD_BYTES) };
    this.received += 1;
    this.note(user, packet.opus);
    if (this.context.state !== "running") return;
    if (!this.speakers.has(user)) this.speakers.set(user, new Speaker(this.context, this.gain));
    this.speakers.get(user).take(packet);
  }

  /** Who makes sound right now: told by the packets, since not everybody says when they pause. */
  note(user, opus) {
    if (opus.length <= SILENCE_BYTES) return;
    if (!this.sounding.has(user)) this.speaking(user, true);
    clearTimeout(this.sounding.get(user));
    const stop = () => {
      this.sounding.delete(user);
      this.speaking(user, false);
    };
    this.sounding.set(user, setTimeout(stop, QUIET_AFTER_MS));
  }

  playStream(channelId) {
    this.element = new Audio(`/page/live.ogg?channel=${channelId}`);
    this.context.createMediaElementSource(this.element).connect(this.gain);
    this.element.play().catch(() => this.showWake());
  }

  reset() {
    for (const speaker of this.speakers.values()) speaker.close();
    this.speakers.clear();
    if (!this.element) return;
    this.element.pause();
    this.element.removeAttribute("src");
    this.element.load();
    this.element = null;
  }

  /** Loudness of this moment in dBFS, -Infinity for silence. */
  levelDb() {
    if (!this.analyser) return -Infinity;
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
    return power ? 10 * Math.log10(power) : -Infinity;
  }

  meter() {
    const draw = () => {
      const box = $("level");
      if (box && this.channelId) {
        const share = Math.max(0, Math.min(1, (this.levelDb() - FLOOR_DB) / -FLOOR_DB));
        box.style.setProperty("--level", String(share));
        box.setAttribute("aria-valuenow", String(Math.round(share * 100)));
      }
      setTimeout(() => requestAnimationFrame(draw), this.channelId ? 40 : 500);
    };
    draw();
  }
}

/** One person's packets: decoded in order, each placed right after the one before. */
class Speaker {
  constructor(context, output) {
    this.context = context;
    this.output = output;
    this.playhead = 0;
    this.expected = null;
    this.decoder = this.makeDecoder();
  }

  makeDecoder() {
    const decoder = new AudioDecoder({ output: (audio) => this.schedule(audio), error: () => (this.decoder = this.makeDecoder()) });
    decoder.configure({ codec: "opus", sampleRate: RATE_HZ, numberOfChannels: 2 });
    return decoder;
  }

  take({ timestamp, opus }) {
    // A jump in the timestamp after lost packets leaves as much silence; a bigger one is a pause, and begins anew.
    const lost = this.expected === null ? 0 : (timestamp - this.expected) | 0;
    if (lost > 0 && lost < RATE_HZ / 2) this.playhead += lost / RATE_HZ;
    this.expected = null;
    this.timestamp = timestamp;
    this.decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: (timestamp * 1e6) / RATE_HZ, data: opus }));
  }

  schedule(audio) {
    this.expected = (this.timestamp + audio.numberOfFrames) >>> 0;
    const buffer = this.context.createBuffer(audio.numberOfChannels, audio.numberOfFrames, audio.sampleRate);
    for (let channel = 0; channel < audio.numberOfChannels; channel++) {
      audio.copyTo(buffer.getChannelData(channel), { planeIndex: channel, format: "f32-planar" });
    }
    audio.close();
    const now = this.context.currentTime;
    if (this.playhead < now + 0.005 || this.playhead > now + LATE_S) this.playhead = now + START_S;
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this.output);
    source.start(this.playhead);
    this.playhead += buffer.duration;
  }

  close() {
    if (this.decoder.state !== "closed") this.decoder.close();
  }
}
