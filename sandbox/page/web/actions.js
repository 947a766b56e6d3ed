// Everything a person can do at the page, in one table that the views are given. Refusals become toasts, but for the
// message box, which shows its own.

import { $ } from "./dom.js";
import { openMessageMenu, openReactionPicker, openSwitcher, openUserMenu } from "./menus.js";
import { toast } from "./toast.js";

export function makeActions(store, connection, parts) {
  const ask = (what, fields) => connection.ask(what, fields);
  const tell = (promise) => promise.catch((error) => toast(error.message));
  const where = (message) => ({ channel_id: message.channel_id, message_id: message.id });

  const begin = async (request, entry) => {
    const { interaction_id: id } = await request;
    parts.list.pending.begin({ id, ...entry });
  };
  const uploadAll = (files) => Promise.all(files.map(upload));

  const act = {
    openChannel(channel) {
      localStorage.setItem("channel", channel.id);
      store.open(channel.id);
      closeSidebar();
      parts.composer.focus();
    },
    async openDirect() {
      try {
        const { channel } = await ask("open_direct");
        act.openChannel(channel);
      } catch (error) {
        toast(error.message);
      }
    },
    actAs: (userId) => tell(ask("act_as", { user_id: userId }).then(() => { connection.me = userId; localStorage.setItem("me", userId); })),
    openSwitcher: (at) => openSwitcher(store, act, at),
    openUser: (user, at) => openUserMenu(store, act, user, at),
    userMenu: (user, at) => openUserMenu(store, act, user, at),
    messageMenu(message, at) {
      if (at instanceof Event) {
        if (at.target.closest("a, img, button, audio, video") || String(getSelection())) return;
        at.preventDefault();
        openMessageMenu(store, act, message, { x: at.clientX, y: at.clientY });
      } else openMessageMenu(store, act, message, at);
    },
    press: (message, customId, control) => tell(begin(ask("press", { ...where(message), custom_id: customId }), { message, control })),
    choose: (message, customId, values, control) => tell(begin(ask("choose", { ...where(message), custom_id: customId, values }), { message, control })),
    react: (message, emoji, on) => tell(ask("react", { ...where(message), emoji, on })),
    pickReaction: (message, at) => openReactionPicker(at instanceof Event ? { x: at.clientX, y: at.clientY } : at, (emoji) => act.react(message, emoji, true)),
    reply: (message) => parts.composer.reply(message),
    edit: (message) => parts.composer.edit(message),
    remove: (message) => tell(ask("delete", where(message))),
    jump: (id) => parts.list.flash(id) || toast("That message is further up.", "note"),
    insert: (text) => parts.composer.insert(text),
    copy: (text) => tell(navigator.clipboard.writeText(text).then(() => toast("Copied.", "note"), () => { throw new Error("The browser did not allow copying."); })),
    useOnUser: (command, user) => tell(begin(ask("use_on_user", { channel_id: store.channelId, name: command.name, target_id: user.id }), { channelId: store.channelId, name: command.name })),
    useOnMessage: (command, message) => tell(begin(ask("use_on_message", { ...where(message), name: command.name }), { channelId: store.channelId, name: command.name })),
    joinVoice: (channel) => { parts.sound.open(); parts.sound.wake(); return tell(ask("join_voice", { channel_id: channel.id })); },
    leaveVoice: () => tell(ask("leave_voice", { guild_id: store.guild.id })),
    mute: (muted, deafened) => (store.seatOf(store.me) ? tell(ask("mute", { muted, deafened })) : toast("Join a voice channel first.", "note")),
    move: (user, channel) => tell(ask("move", { user_id: user.id, channel_id: channel.id })),
    disconnect: (user) => tell(ask("disconnect", { user_id: user.id })),
    typing: () => ask("typing", { channel_id: store.channelId }).catch(() => {}),
    complete: (name, focused, options) => ask("complete", { channel_id: store.channelId, name, focused, options }),
    submitForm: async (interaction, values) => begin(ask("submit", { interaction_id: interaction.id, values }), { channelId: interaction.channel_id, name: interaction.modal.title }),
    async run(command, options, files) {
      const names = Object.keys(files);
      const keys = await uploadAll(Object.values(files));
      const uploads = Object.fromEntries(names.map((name, index) => [name, keys[index]]));
      const channelId = store.channelId;
      await begin(ask("run", { channel_id: channelId, name: command.name, options, uploads }), { channelId, name: `/${command.name}` });
    },
    async send(text, files, replyTo) {
      const uploads = await uploadAll(files);
      await ask("send", { channel_id: store.channelId, text, uploads, reply_to: replyTo ?? null });
    },
    editMessage: (message, text) => ask("edit", { ...where(message), text }),
    lastMine: () => [...store.messagesIn(store.channelId).values()].reverse().find((message) => message.author.id === store.me && !message.private),
    async older() {
      const first = store.messagesIn(store.channelId).keys().next().value;
      if (!first) return;
      const channelId = store.channelId;
      try {
        const { messages, more } = await ask("history", { channel_id: channelId, before: first });
        store.addOlder(channelId, messages, more);
      } catch (error) {
        toast(error.message);
      }
    },
  };
  return act;
}

async function upload(file) {
  const headers = { "x-filename": encodeURIComponent(file.name), "content-type": file.type || "application/octet-stream" };
  const response = await fetch("/page/uploads", { method: "POST", body: file, headers }).catch(() => null);
  if (!response) throw new Error("The file could not be sent to the sandbox.");
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? "The file is too large for the sandbox.");
  return answer.upload;
}

export function closeSidebar() {
  document.body.classList.remove("sidebar-open");
  $("menu-button").setAttribute("aria-expanded", "false");
}
