// What the page knows. Events of the server change it here and nowhere else; views subscribe to kinds of change.

export class Store {
  constructor() {
    this.listeners = new Map();
    this.me = null;
    this.ready = false;
    this.channelId = null;
    this.messages = new Map();
    this.exhausted = new Set();
    this.voice = new Map();
    this.speaking = new Set();
    this.commands = [];
    this.unread = new Map();
    this.typing = new Map();
    this.presence = {};
    this.guild = { channels: [], members: [], roles: [], direct: null };
    this.people = [];
  }

  /** Call `listener(detail)` on every change of these kinds. */
  on(kinds, listener) {
    for (const kind of kinds.split(" ")) {
      if (!this.listeners.has(kind)) this.listeners.set(kind, []);
      this.listeners.get(kind).push(listener);
    }
  }

  emit(kind, detail) {
    for (const listener of this.listeners.get(kind) ?? []) listener(detail);
  }

  get channels() {
    const { channels, direct } = this.guild;
    return direct ? [...channels, direct] : channels;
  }

  get channel() {
    return this.channelById(this.channelId);
  }

  channelById(id) {
    return this.channels.find((channel) => channel.id === id);
  }

  user(id) {
    return (
      this.guild.members.find((member) => member.id === id) ??
      this.people.find((person) => person.id === id) ??
      (this.bot?.id === id ? this.bot : { id, name: "Unknown", username: "unknown", bot: false })
    );
  }

  nameOf(user) {
    const member = this.guild.members.find((one) => one.id === user.id);
    return member?.nick ?? member?.name ?? user.global_name ?? user.name ?? user.username;
  }

  colorOf(id) {
    const color = this.guild.members.find((member) => member.id === id)?.color;
    return color ? `#${color.toString(16).padStart(6, "0")}` : null;
  }

  seatOf(userId) {
    return this.voice.get(userId)?.channel_id ?? null;
  }

  messagesIn(channelId) {
    return this.messages.get(channelId) ?? new Map();
  }

  open(channelId) {
    this.channelId = channelId;
    this.unread.delete(channelId);
    this.emit("channel");
    this.emit("unread");
  }

  take(event) {
    const handler = HANDLERS[event.t];
    if (handler) handler(this, event);
  }

  addOlder(channelId, messages, more) {
    const known = this.messagesIn(channelId);
    this.messages.set(channelId, new Map([...messages.map((m) => [m.id, m]), ...known]));
    if (!more) this.exhausted.add(channelId);
    this.emit("older", { channelId });
  }
}

const HANDLERS = {
  snapshot(store, event) {
    store.me = event.me;
    store.bot = event.bot;
    store.people = event.people;
    store.guild = event.guild;
    store.messages = new Map(
      Object.entries(event.messages).map(([id, list]) => [id, new Map(list.map((m) => [m.id, m]))]),
    );
    store.exhausted = new Set([...store.messages].filter(([, list]) => list.size < 50).map(([id]) => id));
    store.voice = new Map(event.voice.map((state) => [state.user_id, state]));
    store.speaking = new Set(event.speaking);
    store.commands = event.commands;
    store.presence = event.presence;
    store.typing.clear();
    store.ready = true;
    store.emit("snapshot");
  },
  message(store, { message, fresh }) {
    const id = message.channel_id;
    if (!store.messages.has(id)) store.messages.set(id, new Map());
    store.messages.get(id).set(message.id, message);
    if (fresh) {
      store.typing.delete(`${id} ${message.author.id}`);
      if (id !== store.channelId && message.author.id !== store.me) {
        const pinged = message.mentions.some((user) => user.id === store.me) || message.mention_everyone;
        const before = store.unread.get(id) ?? 0;
        store.unread.set(id, before + (pinged ? 1 : 0));
        store.emit("unread");
      }
      store.emit("typing");
    }
    store.emit("message", { message, fresh });
  },
  gone(store, { channel_id: channelId, ids }) {
    for (const id of ids) store.messagesIn(channelId).delete(id);
    store.emit("gone", { channelId, ids });
  },
  typing(store, { channel_id: channelId, user_id: userId }) {
    if (userId === store.me) return;
    const key = `${channelId} ${userId}`;
    store.typing.set(key, { channelId, userId, until: Date.now() + 10000 });
    store.emit("typing");
    setTimeout(() => {
      if ((store.typing.get(key)?.until ?? Infinity) <= Date.now()) store.typing.delete(key);
      store.emit("typing");
    }, 10050);
  },
  voice(store, event) {
    if (event.channel_id) store.voice.set(event.user_id, event);
    else store.voice.delete(event.user_id);
    store.emit("voice", event);
  },
  speaking(store, { user_id: userId, on }) {
    if (on) store.speaking.add(userId);
    else store.speaking.delete(userId);
    store.emit("speaking", { userId, on });
  },
  commands(store, event) {
    store.commands = event.commands;
    store.emit("commands");
  },
  presence(store, event) {
    store.presence = event;
    store.emit("guild");
  },
  guild(store, event) {
    store.guild = event.guild;
    store.emit("guild");
  },
  interaction(store, event) {
    store.emit("interaction", event);
  },
  note(store, event) {
    store.emit("note", event.error);
  },
};
