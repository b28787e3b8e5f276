// One swarm: its agents and why they do not move, alerts, what is parked, drift, and its operations as they come.

import { Failure } from "./coordinator.js";
import { chip, el, empty, show, sparkline, table } from "./elements.js";
import { chips, lag, swarmLink } from "./overview.js";
import { ago, big, count, num, payload, plural, rate, spanMs, target, timeOfDay, word } from "./texts.js";

const MAX_ROWS = 200;
const KEPT = 200;
const SHOWN_OPERATIONS = 50;
const LONG_RUNNING_MS = 1_000;
/** Who is behind has more before it than this many, and than is published in this time. */
const BEHIND_OPERATIONS = 100;
const BEHIND_S = 10;
const SILENT_MS = 12_000;
const RARELY_MS = 3_000;

export const operationLink = (swarm, log, op) => `${swarmLink(swarm)}/${log}/${op}`;

export class SwarmView {
  #swarm;
  #history;
  #filter = "";
  #held = false;
  #rarelyAtMs = 0;
  #started = undefined;
  #cursor = undefined;
  #alertsRead = false;
  #operations = [];
  #alerts = [];
  #reports = {};
  #known = {};
  #overview = undefined;
  #head = el("div", { class: "facts" });
  #agents = el("div", { class: "panel" });
  #agentCount = el("span", { class: "dim" });
  #alertList = el("div", { class: "panel" });
  #parked = el("div", { class: "panel" });
  #drift = el("div", { class: "panel" });
  #tail = el("div", { class: "panel" });
  #columns = el("div", { class: "columns" });

  constructor(swarm, history) {
    this.#swarm = swarm;
    this.#history = history;
  }

  shell() {
    const filter = el("input", { type: "search", placeholder: "Filter agents", "aria-label": "Filter agents by name, role or state" });
    filter.addEventListener("input", () => {
      this.#filter = filter.value;
      this.#renderAgents();
    });
    const hold = el("input", { type: "checkbox" });
    hold.addEventListener("change", () => {
      this.#held = hold.checked;
      this.#renderTail();
    });
    const part = (id, title, panel, ...more) =>
      el("section", { id, "aria-labelledby": `${id}-title` },
        el("div", { class: "head" }, el("h2", { id: `${id}-title` }, title), more), panel);
    this.#columns.append(
      el("div", {},
        part("agents", "Agents", this.#agents, this.#agentCount, filter),
        part("operations", "Operations", this.#tail, el("label", { class: "hold" }, hold, "hold still"))),
      el("div", {},
        part("alerts", "Alerts", this.#alertList),
        part("parked", "Parked", this.#parked),
        part("drift", "Drift", this.#drift)));
    return [el("div", { class: "head" }, el("h1", {}, this.#swarm)), this.#head, this.#columns];
  }

  title() {
    return `${this.#swarm} · Swarmlog`;
  }

  trail() {
    return [el("a", { href: "#/" }, "Swarms"), el("span", { "aria-current": "page" }, this.#swarm)];
  }

  up() {
    return "#/";
  }

  refused(failure) {
    this.#columns.hidden = true;
    show(this.#head, empty(failure.message), el("p", {}, el("a", { href: "#/" }, "To all swarms")));
  }

  async look(overview, ask) {
    const swarm = this.#swarm;
    const own = (overview.swarms ?? []).find(one => one.name === swarm)
      ?? ((await ask("overview", { swarm })).swarms ?? [])[0];
    if (!own) {
      throw new Failure(`There is no swarm ${swarm}.`, 404);
    }
    this.#columns.hidden = false;
    const started = overview.coordinator?.startedUnixNano;
    if (started !== this.#started) {
      // It may hold another log now: one in memory has begun anew.
      this.#started = started;
      this.#cursor = undefined;
      this.#alertsRead = false;
      this.#operations = [];
      this.#alerts = [];
    }
    this.#overview = { own, nowUnixNano: overview.nowUnixNano, rate: this.#history.rate(swarm) };
    this.#renderHead();
    const [agents, backlogs] = await Promise.all([ask("agents", { swarm }), ask("backlogs", { swarm })]);
    Object.assign(this.#known, { agents, backlogs });
    if (Date.now() - this.#rarelyAtMs > RARELY_MS) {
      const [parked, drift] = await Promise.all([ask("parked", { swarm }), ask("drift", { swarm })]);
      Object.assign(this.#known, { parked, drift });
      this.#rarelyAtMs = Date.now();
      this.#renderParked();
      this.#renderDrift();
    }
    this.#renderAgents();
    await this.#follow(ask);
    this.#renderAlerts();
    this.#renderTail();
  }

  async #follow(ask) {
    const swarm = this.#swarm;
    if (!this.#alertsRead) {
      const page = await ask("tail", { swarm, topic: "alerts" });
      this.#take(page, this.#alerts);
      this.#alertsRead = true;
    }
    const page = await ask("tail", this.#cursor === undefined ? { swarm, last: KEPT } : { swarm, after: this.#cursor });
    if (page.skipped) {
      this.#operations = [];
    }
    this.#take(page, this.#operations);
    this.#cursor = page.toOpId;
    const known = new Set(this.#alerts.map(alert => alert.opId));
    this.#alerts.push(...(page.operations ?? []).filter(one => one.topic === "TOPIC_ALERTS" && !known.has(one.opId)));
    this.#alerts.splice(0, this.#alerts.length - KEPT);
  }

  #take(page, list) {
    for (const operation of page.operations) {
      operation.cut = page.cutOpIds.includes(operation.opId);
      list.push(operation);
    }
    list.splice(0, list.length - KEPT);
    Object.assign(this.#reports, page.reports);
    const kept = new Set([...this.#alerts, ...this.#operations].map(one => one.opId));
    for (const opId of Object.keys(this.#reports)) {
      if (!kept.has(opId) && page.reports[opId] === undefined) {
        delete this.#reports[opId];
      }
    }
  }

  #renderHead() {
    const { own } = this.#overview;
    const past = this.#history.of(this.#swarm);
    const fact = (name, ...value) => el("div", { class: "fact" }, el("dt", {}, name), el("dd", {}, value));
    show(this.#head, el("div", { class: "chips" }, chips(own)),
      el("dl", {},
        fact("head of main", el("a", { href: operationLink(this.#swarm, "main", own.mainHeadOpId ?? 0) }, count(own.mainHeadOpId ?? 0))),
        fact("operations / s", rate(this.#history.rate(this.#swarm)), sparkline(past.rates, "Operations per second, last three minutes")),
        fact("lag to ack, p50 / p99", lag(own.ackLag), sparkline(past.lags, "99th percentile of lag, last three minutes")),
        fact("lag to delivery", lag(own.deliverLag)),
        fact("backlog", count(own.backlogSum ?? 0),
          num(own.backlogMax) ? el("span", { class: "dim" }, ` most: ${own.backlogMaxAgent}`) : ""),
        fact("agents", count(own.connectedAgents ?? 0))));
  }

  #renderAgents() {
    const rows = agentRows(this.#known, this.#overview);
    const sought = this.#filter.toLowerCase();
    const found = rows.filter(row => row.words.toLowerCase().includes(sought));
    const more = num(this.#known.agents?.connectedAgents) - rows.filter(row => row.connected).length;
    show(this.#agentCount, plural(rows.length + Math.max(0, more), "agent"),
      found.length > MAX_ROWS ? `; ${MAX_ROWS} are listed` : "",
      more > 0 ? `; ${count(more)} more with small backlogs are not looked at` : "");
    if (!rows.length) {
      show(this.#agents, empty("No agent is connected. The README has one in ten lines; a person can read along by",
        `swarmlog tail ${quoted(this.#swarm)}`));
      return;
    }
    if (!found.length) {
      show(this.#agents, empty(`No agent has “${this.#filter}” in its name, roles or state.`));
      return;
    }
    show(this.#agents, table("Agents, those that do not move first",
      [["Agent", "name"], ["State", "why"], ["Acknowledged", "n"], ["Backlog", "n"], ["Heard of", "n"]],
      found.slice(0, MAX_ROWS).map(row => ({
        key: row.agent,
        kind: row.kind,
        cells: [
          [row.agent, row.roles.length ? el("span", { class: "roles" }, row.roles.join(", ")) : ""],
          [chip(row.kind, row.state), row.why ? el("span", { class: "because" }, row.why) : ""],
          row.acked, row.backlog, row.seen,
        ],
      }))));
  }

  #renderAlerts() {
    if (!this.#alerts.length) {
      show(this.#alertList, empty("No alert among the last 5,000 operations."));
      return;
    }
    show(this.#alertList, el("ol", { class: "events" }, [...this.#alerts].reverse().slice(0, SHOWN_OPERATIONS).map(alert =>
      el("li", { "data-key": alert.opId },
        el("a", { href: operationLink(this.#swarm, "main", alert.opId) }, el("time", {}, timeOfDay(alert.appendTimeUnixNano))),
        el("span", {}, alertText(alert, this.#reports[alert.opId]))))));
  }

  #renderParked() {
    const { operations = [], parkedCount } = this.#known.parked;
    if (!operations.length) {
      show(this.#parked, empty("Nothing is parked: every agent applied what it was given, or has not got to it yet."));
      return;
    }
    show(this.#parked,
      el("ol", { class: "events" }, operations.map(one =>
        el("li", { "data-key": `${one.agent} ${one.log} ${one.operation?.opId}` },
          el("a", { href: operationLink(this.#swarm, word(one.log, "LOG_"), one.operation?.opId) }, `#${count(one.operation?.opId)}`),
          el("span", {}, el("b", {}, one.agent), " ",
            num(one.parkedUnixNano) ? chip("warn", "parked") : chip("quiet", num(one.releasedOpId) ? "given again" : "to retry"),
            ` after ${plural(one.attempts ?? 0, "try", "tries")}: ${one.status?.message || "it did not say why"}`)))),
      el("p", { class: "hint" }, num(parkedCount) > operations.length ? `${count(parkedCount)} in all. ` : "",
        el("code", {}, `swarmlog parked replay ${quoted(this.#swarm)} AGENT OP`)));
  }

  #renderDrift() {
    const { reports = [], stoppedAgents = [] } = this.#known.drift;
    if (!reports.length && !stoppedAgents.length) {
      show(this.#drift, empty("No drift was found: agents hold what the log says."));
      return;
    }
    show(this.#drift, stoppedAgents.length
      ? el("p", { class: "hint" }, chip("bad", `not fed: ${stoppedAgents.join(", ")}`), " ",
        el("code", {}, `swarmlog drift ${quoted(this.#swarm)} --release AGENT`)) : "",
    el("ol", { class: "events" }, reports.slice(0, SHOWN_OPERATIONS).map((report, i) =>
      el("li", { "data-key": `${report.agent} ${report.foundUnixNano} ${i}` },
        el("time", {}, timeOfDay(report.foundUnixNano)), el("span", {}, driftText(report))))));
  }

  #renderTail() {
    if (this.#held) {
      return;
    }
    if (!this.#operations.length) {
      show(this.#tail, empty("Nothing was published in main yet.", `swarmlog publish ${quoted(this.#swarm)} 'inspect rack 7'`));
      return;
    }
    show(this.#tail, table("Operations of main, newest first",
      [["Op", "n"], ["Time", "when"], ["For", "name"], ["What", "what"], ["By", "name"]],
      [...this.#operations].reverse().slice(0, SHOWN_OPERATIONS).map(one => ({
        key: one.opId,
        cells: [
          el("a", { href: operationLink(this.#swarm, "main", one.opId) }, count(one.opId)),
          timeOfDay(one.appendTimeUnixNano),
          [el("span", { class: "dim" }, `${word(one.topic, "TOPIC_")} → `), target(one)],
          what(one, this.#reports[one.opId]),
          one.publisher || "coordinator",
        ],
      }))));
  }
}

const quoted = name => /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;

function what(one, report) {
  if (report) {
    return alertText(one, report);
  }
  return [
    one.key ? el("b", {}, `${one.key} `) : "",
    one.tombstone ? "deleted" : one.cut ? "more than 1 KiB" : payload(one, 160) || el("span", { class: "dim" }, one.payload?.type ?? "no payload"),
  ];
}

/** Agents with what there is to say of each, those in trouble first. */
function agentRows({ agents = {}, backlogs = {}, drift = {}, parked = {} }, overview) {
  const breakers = new Map((agents.breakers ?? []).map(breaker => [breaker.agent, breaker]));
  const behindFrom = Math.max(BEHIND_OPERATIONS, BEHIND_S * (overview?.rate ?? 0));
  const lanesOf = new Map((backlogs.agents ?? []).map(one => [one.agent, { ...one, behind: num(one.backlog) > behindFrom }]));
  const stopped = new Set(drift.stoppedAgents ?? []);
  const parkedOf = new Map();
  for (const one of parked.operations ?? []) {
    parkedOf.set(one.agent, (parkedOf.get(one.agent) ?? 0) + 1);
  }
  const now = overview?.nowUnixNano ?? 0;
  const rows = (agents.agents ?? []).map(agent =>
    row(agent, lanesOf.get(agent.agent), breakers.get(agent.agent), stopped.has(agent.agent), parkedOf.get(agent.agent) ?? 0, now));
  const connected = new Set(rows.map(one => one.agent));
  // Of a large swarm the first are told by name, and those with most before them.
  for (const one of [...lanesOf.values()].filter(one => !connected.has(one.agent))) {
    const heardUnixNano = String(big(now) - big(one.lastHeartbeatMs ?? 0) * 1_000_000n);
    rows.push(row({ agent: one.agent, lastHeartbeatUnixNano: heardUnixNano }, one,
      breakers.get(one.agent), stopped.has(one.agent), parkedOf.get(one.agent) ?? 0, now));
    connected.add(one.agent);
  }
  for (const breaker of breakers.values()) {
    if (!connected.has(breaker.agent) && breaker.state !== "BREAKER_STATE_CLOSED") {
      rows.push({
        agent: breaker.agent, roles: [], kind: "bad", weight: 5, state: "not served", why: breakerText(breaker),
        connected: false, acked: "–", backlog: "–", seen: "–", words: `${breaker.agent} not served`,
      });
    }
  }
  return rows.sort((a, b) => b.weight - a.weight || (a.agent < b.agent ? -1 : 1));
}

function row(agent, backlog, breaker, stopped, parked, now) {
  const lanes = backlog?.lanes ?? agent.lanes ?? [];
  const mainLane = lanes.find(lane => lane.log === "LOG_MAIN") ?? {};
  const waiting = lanes.find(lane => lane.state?.startsWith("waiting"));
  const silentMs = Number(big(now) - big(agent.lastHeartbeatUnixNano)) / 1e6;
  const running = num(backlog?.handlerRunningMs ?? agent.handlerRunningMs);
  const held = num(backlog?.handlerHeldMs ?? agent.handlerHeldMs);
  const why = [];
  let [kind, weight, state] = ["ok", 0, lanes.length ? mainLane.state ?? lanes[0].state ?? "connected" : "no lane attached"];
  const say = (aKind, aWeight, aState, reason) => {
    if (aWeight > weight) {
      [kind, weight] = [aKind, aWeight];
      state = aState ?? state;
    }
    if (reason) why.push(reason);
  };
  if (stopped) say("bad", 6, "not fed", "it drifted too often, and is not fed until it is released");
  if (breaker?.state === "BREAKER_STATE_OPEN") say("bad", 5, "not served", breakerText(breaker));
  if (breaker?.state === "BREAKER_STATE_HALF_OPEN") say("warn", 2, "on trial", breakerText(breaker));
  if (waiting) {
    say("warn", 4, "stalled", `${word(waiting.log, "LOG_")} is ${waiting.state}`
      + (num(waiting.stateMs) ? ` for ${spanMs(waiting.stateMs)}` : ""));
  }
  if (backlog?.behind) {
    say("warn", 3, "behind", `${plural(backlog.backlog, "operation")} before it`
      + (running && running <= LONG_RUNNING_MS ? `; its handler has been running for ${spanMs(running)}` : ""));
  }
  if (running > LONG_RUNNING_MS) say("warn", 4, "busy", `its handler has been running for ${spanMs(running)}`);
  if (held) say("warn", 4, "holds back", `its handler fails at nearly everything; it goes on in ${spanMs(held)}`);
  if (silentMs > SILENT_MS) say("warn", 4, "silent", `nothing was heard of it for ${spanMs(silentMs)}`);
  if (parked) say("warn", 1, undefined, `${plural(parked, "operation")} refused`);
  if (!lanes.length) say("warn", 1, undefined, "it has a session and reads nothing");
  return {
    agent: agent.agent,
    connected: true,
    roles: agent.roles ?? [],
    kind, weight, state,
    why: why.join("; "),
    acked: mainLane.ackedOpId === undefined && !mainLane.log ? "–" : count(mainLane.ackedOpId ?? 0),
    backlog: count(backlog?.backlog ?? 0),
    seen: num(agent.lastHeartbeatUnixNano) ? ago(agent.lastHeartbeatUnixNano, now) : ago(agent.connectedUnixNano, now),
    words: [agent.agent, ...(agent.roles ?? []), state, agent.sdk ?? "", agent.principal ?? ""].join(" "),
  };
}

const breakerText = breaker => breaker.history?.[0]?.reason ?? "its breaker is open";

function alertText(alert, report) {
  if (!report) {
    return [el("b", {}, alert.publisher || "coordinator"), " ", payload(alert, 300) || alert.payload?.type || "no payload"];
  }
  if (report.change) {
    const open = report.change.state === "BREAKER_STATE_OPEN";
    return [chip(open ? "bad" : "ok", open ? "not served" : "served again"), " ", el("b", {}, report.agent), ` ${report.change.reason ?? ""}`];
  }
  if (report.parkedCount !== undefined || report.newCount !== undefined) {
    return [chip("warn", "parked"), " ", el("b", {}, report.agent),
      ` ${plural(report.newCount ?? 1, "operation")}, last #${count(report.opId ?? 0)}: ${report.status?.message ?? ""}`];
  }
  return driftText(report);
}

function driftText(report) {
  const healing = word(report.healing, "HEALING_");
  const kind = { started: "warn", stopped: "bad", failed: "bad" }[healing] ?? "ok";
  const keys = num(report.differingKeysCount) ? `, ${plural(report.differingKeysCount, "key")}: ${(report.keys ?? []).slice(0, 3).join(", ")}` : "";
  return [chip(kind, healing), " ", el("b", {}, report.agent),
    report.what ? ` ${word(report.what, "WHAT_")} differed${keys}` : ""];
}
