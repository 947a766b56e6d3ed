// The one WebSocket: requests out, answers and events in. It comes back by itself and says so.

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 5000;
const ANSWER_WITHIN_MS = 15000;

export class Refused extends Error {}

export class Connection {
  /** handlers: event(object), sound(ArrayBuffer), status("open" | "lost"). */
  constructor(handlers, me = null) {
    this.handlers = handlers;
    this.waiting = new Map();
    this.next = 1;
    this.wait = FIRST_WAIT_MS;
    this.me = me;
    this.dial();
  }

  dial() {
    const address = new URL("/page/socket", location.href);
    address.protocol = "ws:";
    if (this.me) address.searchParams.set("as", this.me);
    this.socket = new WebSocket(address);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.wait = FIRST_WAIT_MS;
      this.handlers.status("open");
    };
    this.socket.onmessage = (message) => this.take(message.data);
    this.socket.onclose = () => this.lost();
  }

  lost() {
    for (const { reject } of this.waiting.values()) reject(new Refused("The connection to the sandbox was lost."));
    this.waiting.clear();
    this.handlers.status("lost");
    setTimeout(() => this.dial(), this.wait);
    this.wait = Math.min(this.wait * 1.7, LONGEST_WAIT_MS);
  }

  take(data) {
    if (data instanceof ArrayBuffer) {
      this.handlers.sound(data);
      return;
    }
    const message = JSON.parse(data);
    if (!("re" in message)) {
      this.handlers.event(message);
      return;
    }
    const waiting = this.waiting.get(message.re);
    if (!waiting) return;
    this.waiting.delete(message.re);
    clearTimeout(waiting.timer);
    if (message.error) waiting.reject(new Refused(message.error));
    else waiting.resolve(message);
  }

  /** Ask for something; resolves with the answer, rejects with a sentence. */
  ask(what, fields = {}) {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) {
        reject(new Refused("There is no connection to the sandbox right now."));
        return;
      }
      const id = this.next++;
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Refused("The sandbox did not answer."));
      }, ANSWER_WITHIN_MS);
      this.waiting.set(id, { resolve, reject, timer });
      this.socket.send(JSON.stringify({ id, do: what, ...fields }));
    });
  }
}
