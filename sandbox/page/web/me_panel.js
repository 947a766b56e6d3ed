// The bottom of the side bar: who you are acting as, mute and deafen, and the voice connection with volume and level.

import { $, avatar, fill, h, icon } from "./dom.js";

export function mePanel(store, act, sound) {
  const drawMe = () => {
    if (!store.ready) return;
    const me = store.user(store.me);
    const state = store.voice.get(store.me);
    const muted = Boolean(state?.muted);
    const deaf = Boolean(state?.deafened);
    fill(
      $("me-panel"),
      h("button", { class: "me-button", type: "button", id: "switcher", "aria-haspopup": "menu", title: "Act as somebody else", onclick: (event) => act.openSwitcher(event.currentTarget) },
        avatar(me, 32), h("span", { class: "me-names" }, h("strong", {}, store.nameOf(me)), h("small", {}, "Switch person")), icon("chevron", 16)),
      toggle("mic", "micOff", muted, muted ? "Unmute" : "Mute", () => act.mute(!muted, deaf && !muted)),
      toggle("deaf", "deafOff", deaf, deaf ? "Undeafen" : "Deafen", () => act.mute(!deaf, !deaf)),
    );
  };
  const drawVoice = () => {
    const panel = $("voice-panel");
    const channel = store.channelById(store.seatOf(store.me));
    panel.hidden = !channel;
    if (!channel || panel.dataset.channel === channel.id) return;
    panel.dataset.channel = channel.id;
    fill(panel,
      h("div", { class: "voice-line" },
        h("div", { class: "voice-names" }, h("strong", {}, "Voice connected"), h("button", { type: "button", class: "text-button", onclick: () => act.openChannel(channel) }, channel.name)),
        h("button", { class: "icon-button danger", type: "button", "aria-label": "Leave the voice channel", title: "Disconnect", id: "leave-voice", onclick: act.leaveVoice }, icon("leave"))),
      h("button", { class: "wake", type: "button", id: "wake-sound", hidden: true, onclick: () => sound.wake() }, icon("volume", 18), " Turn the sound on"),
      h("div", { class: "volume-line" }, icon("volume", 18),
        h("input", { type: "range", min: "0", max: "150", step: "1", id: "volume", "aria-label": "Volume of what you hear", value: String(sound.volumePct), vars: { "--at": `${(sound.volumePct / 150) * 100}%` }, oninput: (event) => sound.setVolume(Number(event.target.value)) }),
        h("output", { id: "volume-value" }, `${sound.volumePct}%`)),
      h("div", { class: "level", id: "level", role: "meter", "aria-label": "Level", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0" }, h("i")));
  };
  store.on("snapshot voice guild", () => {
    if (!store.seatOf(store.me)) delete $("voice-panel").dataset.channel;
    drawMe();
    drawVoice();
    sound.follow(store.seatOf(store.me), Boolean(store.voice.get(store.me)?.deafened));
  });
}

function toggle(on, off, active, label, act) {
  return h("button", { class: active ? "icon-button struck" : "icon-button", type: "button", "aria-label": label, "aria-pressed": String(active), title: label, onclick: act }, icon(active ? off : on));
}
