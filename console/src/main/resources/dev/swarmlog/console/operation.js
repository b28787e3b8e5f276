// The life of one operation: when it came and was durable, and what each agent did with it.

import { chip, el, empty, show, svg } from "./elements.js";
import { swarmLink } from "./overview.js";
import { operationLink } from "./swarm.js";
import { big, count, num, payload, span, target, timeOfDay, word } from "./texts.js";

const MAX_PAYLOAD_CHARS = 4_000;

/** How a fate is shown, and in which words. */
const FATES = {
  AGENT_FATE_RETRY: ["warn", "to retry"],
  AGENT_FATE_PARKED: ["bad", "parked"],
  AGENT_FATE_SKIPPED: ["warn", "skipped"],
  AGENT_FATE_DELIVERED: ["warn", "handed out"],
  AGENT_FATE_NOT_DELIVERED: ["warn", "not handed out"],
  AGENT_FATE_NOT_CONNECTED: ["warn", "not connected"],
  AGENT_FATE_ACKNOWLEDGED: ["ok", "acknowledged"],
  AGENT_FATE_SNAPSHOT: ["ok", "by snapshot"],
  AGENT_FATE_SUPERSEDED: ["quiet", "superseded"],
  AGENT_FATE_EXPIRED: ["quiet", "expired"],
  AGENT_FATE_NOT_IN_VIEW: ["quiet", "not in view"],
};

const TIMES = ["handedOutUnixNano", "acknowledgedUnixNano", "appliedUnixNano", "appliedUncertaintyNano"];

const fateOf = fate => FATES[fate] ?? ["quiet", word(fate, "AGENT_FATE_")];

export class OperationView {
  #swarm;
  #log;
  #op;
  #times = new Map();
  #body = el("div", {});

  constructor(swarm, log, op) {
    this.#swarm = swarm;
    this.#log = log;
    this.#op = op;
  }

  shell() {
    return [el("div", { class: "head" }, el("h1", {}, `Operation ${count(this.#op)}`)), this.#body];
  }

  title() {
    return `#${this.#op} · ${this.#swarm} · Swarmlog`;
  }

  trail() {
    return [el("a", { href: "#/" }, "Swarms"), el("a", { href: this.up() }, this.#swarm),
      el("span", { "aria-current": "page" }, `${this.#log} #${this.#op}`)];
  }

  up() {
    return swarmLink(this.#swarm);
  }

  refused(failure) {
    show(this.#body, empty(failure.message), el("p", {}, el("a", { href: this.up() }, "To the swarm")));
  }

  async look(overview, ask) {
    const life = await ask("life", { swarm: this.#swarm, log: this.#log, op: this.#op });
    (life.agents ?? []).forEach(agent => this.#remember(agent));
    show(this.#body, this.#steps(life), this.#facts(life), this.#fates(life), this.#agents(life));
  }

  /** The coordinator forgets times soon where much is handed out; what it has told stays as long as the page is open. */
  #remember(agent) {
    const times = this.#times.get(agent.agent) ?? {};
    for (const name of TIMES) {
      if (num(agent[name])) {
        times[name] = agent[name];
      }
    }
    Object.assign(agent, times);
    this.#times.set(agent.agent, times);
  }

  #link(op, text) {
    return el("a", { href: operationLink(this.#swarm, this.#log, op) }, text);
  }

  #steps(life) {
    const op = big(this.#op);
    return el("p", { class: "steps", "data-key": "steps" },
      op - 1n > big(life.horizonOpId) ? this.#link(op - 1n, `← ${count(String(op - 1n))}`) : "",
      op < big(life.headOpId) ? this.#link(op + 1n, `${count(String(op + 1n))} →`) : el("span", { class: "dim" }, "the newest"),
      big(life.supersededByOpId) ? this.#link(life.supersededByOpId, `superseded by ${count(life.supersededByOpId)}`) : "");
  }

  #facts(life) {
    const one = life.operation ?? {};
    const text = payload(one, MAX_PAYLOAD_CHARS);
    const fact = (name, ...value) => el("div", { class: "fact" }, el("dt", {}, name), el("dd", {}, value));
    return el("div", { class: "facts", "data-key": "facts" },
      el("dl", {},
        fact("for", target(one)),
        fact("topic", word(one.topic, "TOPIC_")),
        fact("class", word(one.operationClass, "OPERATION_CLASS_"), one.tombstone ? ", deleted" : ""),
        one.key ? fact("key", el("span", { class: "value" }, one.key)) : "",
        fact("published by", one.publisher || "coordinator"),
        fact("logged", timeOfDay(life.appendedUnixNano)),
        fact("durable", num(life.durableUnixNano) ? `${span(big(life.durableUnixNano) - since(life))} after it came` : "time not known any more"),
        num(one.expiresAtUnixNano) ? fact("expires", timeOfDay(one.expiresAtUnixNano)) : "",
        one.payload?.type ? fact("type", one.payload.type) : "",
        one.traceparent ? fact("trace", el("code", {}, one.traceparent.split("-")[1] ?? "")) : ""),
      text ? el("pre", { class: "payload" }, el("code", {}, text)) : "");
  }

  #fates(life) {
    return el("p", { class: "chips", "data-key": "fates" }, (life.fates ?? []).map(({ fate, count: many }) =>
      chip(fateOf(fate)[0], `${count(many)} ${fateOf(fate)[1]}`)),
    life.incomplete ? el("span", { class: "dim" }, "there are more agents than were looked at") : "");
  }

  #agents(life) {
    const agents = life.agents ?? [];
    if (!agents.length) {
      return empty("No agent is known that could have got it.");
    }
    const axis = axisOf(life);
    const all = (life.fates ?? []).reduce((sum, one) => sum + num(one.count), 0);
    return el("div", { class: "panel life", "data-key": "agents" },
      el("div", { class: "lane scale", "data-key": " scale" }, el("span", { class: "who" }, "from its arrival"), scale(axis), el("span", {})),
      el("div", { class: "lane", "data-key": " coordinator" },
        el("span", { class: "who" }, el("b", {}, "coordinator")), ownBar(life, axis),
        el("span", { class: "because" }, num(life.durableUnixNano) ? "received, logged, durable" : "logged; the rest was before the last start")),
      agents.map(agent => el("div", { class: "lane", "data-key": `a ${agent.agent}` },
        el("span", { class: "who" }, agent.agent),
        bar(agent, axis),
        el("span", { class: "because" }, chip(...fateOf(agent.fate)), " ", reason(agent, axis)))),
      all > agents.length ? el("p", { class: "hint" }, `${count(agents.length)} of ${count(all)} agents, the most urgent first.`) : "");
  }
}

const since = life => num(life.receivedUnixNano) ? big(life.receivedUnixNano) : big(life.appendedUnixNano);

function reason(agent, axis) {
  const known = [];
  if (num(agent.acknowledgedUnixNano)) known.push(`ack after ${span(big(agent.acknowledgedUnixNano) - axis.from)}`);
  if (num(agent.appliedUnixNano)) {
    known.push(`applied after ${span(big(agent.appliedUnixNano) - axis.from)} ± ${span(agent.appliedUncertaintyNano ?? 0)}`);
  }
  // Of a fate that says so itself.
  const why = agent.fate === "AGENT_FATE_NOT_CONNECTED" ? (agent.reason ?? "").replace(/^not connected; /, "") : agent.reason ?? "";
  return [why, why && known.length ? "; " : "", known.join(", ")];
}

/** From the arrival to the last thing that is known to have happened. */
function axisOf(life) {
  const from = since(life);
  let to = from + 1_000_000n;
  const reach = at => {
    if (big(at) > to) to = big(at);
  };
  reach(life.durableUnixNano);
  for (const agent of life.agents ?? []) {
    [agent.handedOutUnixNano, agent.acknowledgedUnixNano, agent.appliedUnixNano].forEach(reach);
  }
  const length = Number(to - from) * 1.06;
  return { from, length, at: ns => Math.max(0, Math.min(100, Number(big(ns) - from) / length * 100)) };
}

const percent = value => `${value.toFixed(2)}%`;

const line = (title, ...parts) =>
  svg("svg", { class: "span", width: "100%", height: 18, role: "img", "aria-label": title }, svg("title", {}, title), parts);

function scale(axis) {
  const step = [1, 2, 5].flatMap(n => [...Array(12).keys()].map(e => n * 10 ** (e + 3))).sort((a, b) => a - b)
    .find(ns => axis.length / ns <= 5) ?? axis.length;
  const ticks = [];
  for (let ns = 0; ns < axis.length * 0.88; ns += step) {
    const x = percent(ns / axis.length * 100);
    ticks.push(svg("line", { x1: x, x2: x, y1: 12, y2: 18 }), svg("text", { x, y: 10 }, ns === 0 ? "0" : span(ns)));
  }
  return line("Time from the arrival", ticks);
}

function ownBar(life, axis) {
  const parts = [];
  if (num(life.durableUnixNano)) {
    parts.push(svg("rect", { class: "own", x: "0%", y: 5, height: 8, rx: 2, width: percent(Math.max(0.4, axis.at(life.durableUnixNano))) }));
  }
  const logged = percent(axis.at(life.appendedUnixNano));
  parts.push(svg("line", { class: "mark", x1: logged, x2: logged, y1: 2, y2: 16 }));
  return line(`logged after ${span(big(life.appendedUnixNano) - axis.from)}`, parts);
}

function bar(agent, axis) {
  const handedOut = num(agent.handedOutUnixNano);
  const acknowledged = num(agent.acknowledgedUnixNano);
  const parts = [];
  let title = "times not known any more";
  if (handedOut) {
    const from = axis.at(agent.handedOutUnixNano);
    const to = acknowledged ? axis.at(agent.acknowledgedUnixNano) : 100;
    parts.push(svg("rect", {
      class: acknowledged ? "done" : "open", x: percent(from), y: 5, height: 8, rx: 2, width: percent(Math.max(0.4, to - from)),
    }));
    title = `handed out after ${span(big(agent.handedOutUnixNano) - axis.from)}, `
      + (acknowledged ? `acknowledged after ${span(big(agent.acknowledgedUnixNano) - axis.from)}` : "not acknowledged");
  }
  if (num(agent.appliedUnixNano)) {
    const x = percent(axis.at(agent.appliedUnixNano));
    parts.push(svg("line", { class: "mark", x1: x, x2: x, y1: 2, y2: 16 }));
  }
  return line(title, parts.length ? parts : svg("text", { x: "0%", y: 13 }, handedOutNever(agent) ? "" : title));
}

const NEVER = new Set(["AGENT_FATE_NOT_DELIVERED", "AGENT_FATE_NOT_CONNECTED", "AGENT_FATE_SUPERSEDED", "AGENT_FATE_EXPIRED", "AGENT_FATE_NOT_IN_VIEW"]);

const handedOutNever = agent => NEVER.has(agent.fate);
