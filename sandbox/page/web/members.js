// The list of members, those in voice marked; a press or a right click opens what can be done with a person.

import { $, avatar, fill, h, icon } from "./dom.js";

const SHOWN = 100;

export function memberList(store, act) {
  const draw = () => {
    if (!store.ready) return;
    const bots = store.guild.members.filter((one) => one.bot);
    const people = store.guild.members.filter((one) => !one.bot);
    fill($("members"), group("Apps", bots), group("People", people));
  };
  store.on("snapshot guild voice", draw);

  function group(name, members) {
    return h("section", {}, h("h2", { class: "section-name" }, `${name} — ${members.length}`),
      h("ul", {}, members.slice(0, SHOWN).map(row)),
      members.length > SHOWN && h("p", { class: "more-members" }, `and ${members.length - SHOWN} more`));
  }

  function row(member) {
    const seat = store.channelById(store.seatOf(member.id));
    const color = store.colorOf(member.id);
    const activity = member.bot ? activityOf(store.presence) : null;
    const offline = member.bot && (store.presence.status ?? "offline") === "offline";
    const open = (event) => {
      event.preventDefault();
      act.userMenu(member, event.type === "contextmenu" ? { x: event.clientX, y: event.clientY } : event.currentTarget);
    };
    return h("li", {}, h("button", { class: offline ? "member offline" : "member", type: "button", onclick: open, oncontextmenu: open },
      h("span", { class: "member-avatar" }, avatar(member, 32), h("span", { class: offline ? "status-dot off" : "status-dot", "aria-label": offline ? "offline" : "online" })),
      h("span", { class: "member-names" },
        h("span", { class: "member-name", vars: color ? { color } : undefined }, store.nameOf(member), member.owner && h("span", { class: "crown", title: "Server owner", "aria-label": "Server owner" }, " 👑")),
        activity ? h("small", {}, activity) : seat && h("small", {}, icon("speaker", 12), ` ${seat.name}`)),
      member.bot && h("span", { class: "bot-tag" }, "APP")));
  }
}

const VERBS = { 0: "Playing", 1: "Streaming", 2: "Listening to", 3: "Watching", 5: "Competing in" };

function activityOf(presence) {
  const activity = presence.activities?.[0];
  if (!activity) return null;
  return activity.type === 4 ? (activity.state ?? activity.name) : `${VERBS[activity.type] ?? ""} ${activity.name}`.trim();
}
