// All swarms, those in trouble first.

import { CAPACITY, chip, el, empty, show, sparkline, table } from "./elements.js";
import { big, count, num, plural, rate, span, spanMs } from "./texts.js";

const SLOW_P99_US = 1_000_000;
const SILENT_MS = 12_000;

/** From so many answers on, one after the other, a backlog that never got smaller is trouble. */
const BEHIND = 8;

/** What the page remembers of the last minutes: rates and lag of each swarm, from one answer to the next. */
export class History {
  #swarms = new Map();
  #started = undefined;

  add(overview) {
    if (this.#started !== overview.coordinator?.startedUnixNano) {
      this.#started = overview.coordinator?.startedUnixNano;
      this.#swarms.clear();
    }
    const known = new Map();
    for (const swarm of overview.swarms ?? []) {
      const before = this.#swarms.get(swarm.name);
      const now = {
        atNs: big(overview.nowUnixNano),
        appended: big(swarm.appendedCount),
        rates: before?.rates ?? [],
        lags: before?.lags ?? [],
        backlogMax: num(swarm.backlogMax),
        behind: 0,
      };
      if (before && now.backlogMax > 0 && now.backlogMax >= before.backlogMax && before.backlogMax > 0) {
        now.behind = before.behind + 1;
      }
      swarm.behind = now.behind >= BEHIND;
      if (before && now.atNs > before.atNs) {
        const seconds = Number(now.atNs - before.atNs) / 1e9;
        now.rates = [...now.rates, Math.max(0, Number(now.appended - before.appended) / seconds)].slice(-CAPACITY);
      }
      now.lags = [...now.lags, num(swarm.ackLag?.p99Us)].slice(-CAPACITY);
      known.set(swarm.name, now);
    }
    this.#swarms = known;
  }

  of(swarm) {
    return this.#swarms.get(swarm) ?? { rates: [], lags: [] };
  }

  /** Operations per second now, smoothed over a few answers. */
  rate(swarm) {
    const last = this.of(swarm).rates.slice(-3);
    return last.length ? last.reduce((a, b) => a + b, 0) / last.length : undefined;
  }
}

/** What is wrong with a swarm: `{weight, kind, text}`, the worst first. */
export function troubles(swarm) {
  const found = [];
  const note = (weight, kind, text) => found.push({ weight, kind, text });
  if (swarm.stoppedAgents) note(100, "bad", `${plural(swarm.stoppedAgents, "agent")} stopped by drift`);
  if (swarm.openBreakers) note(80, "bad", `${plural(swarm.openBreakers, "agent")} not served`);
  const stalled = stalledLanes(swarm);
  if (stalled) note(60, "warn", `${plural(stalled, "lane")} stalled`);
  if (swarm.behind) note(55, "warn", `${swarm.backlogMaxAgent} falls behind`);
  if (num(swarm.parkedCount)) note(50, "warn", `${count(swarm.parkedCount)} parked`);
  if (swarm.openDriftIncidents) note(50, "warn", `${count(swarm.openDriftIncidents)} drifting`);
  if (num(swarm.oldestHeartbeatMs) > SILENT_MS) {
    note(40, "warn", `${swarm.oldestHeartbeatAgent} silent for ${spanMs(swarm.oldestHeartbeatMs)}`);
  }
  if (num(swarm.ackLag?.p99Us) > SLOW_P99_US) note(30, "warn", "slow");
  if (swarm.waitingPublishes) note(20, "warn", `${plural(swarm.waitingPublishes, "publish", "publishes")} waiting`);
  if (num(swarm.retryCount)) note(10, "quiet", `${count(swarm.retryCount)} to retry`);
  return found.sort((a, b) => b.weight - a.weight);
}

export function stalledLanes(swarm) {
  return (swarm.laneStates ?? []).filter(lane => lane.state?.startsWith("waiting"))
    .reduce((sum, lane) => sum + num(lane.count), 0);
}

/** The chips of a swarm; "fine" where nothing is wrong. */
export const chips = swarm => {
  const found = troubles(swarm);
  return found.length ? found.map(trouble => chip(trouble.kind, trouble.text)) : chip("ok", "fine");
};

export function lag(quantiles) {
  return num(quantiles?.count)
    ? [span(num(quantiles.p50Us) * 1000), el("span", { class: "dim" }, " / "), span(num(quantiles.p99Us) * 1000)]
    : "–";
}

export const swarmLink = name => `#/swarm/${encodeURIComponent(name)}`;

const weight = swarm => troubles(swarm).reduce((sum, trouble) => sum + trouble.weight, 0);

export class OverviewView {
  #history;
  #filter = "";
  #overview = undefined;
  #list = el("div", { class: "panel" });
  #summary = el("p", { class: "summary" });

  constructor(history) {
    this.#history = history;
  }

  shell() {
    const filter = el("input", { type: "search", placeholder: "Filter by name", "aria-label": "Filter swarms by name" });
    filter.addEventListener("input", () => {
      this.#filter = filter.value;
      this.#render();
    });
    return [el("div", { class: "head" }, el("h1", {}, "Swarms"), this.#summary, filter), this.#list];
  }

  title() {
    const troubled = (this.#overview?.swarms ?? []).filter(swarm => weight(swarm) >= 20).length;
    return troubled ? `▲ ${troubled} · Swarmlog` : "Swarmlog";
  }

  trail() {
    return [];
  }

  up() {
    return "#/";
  }

  refused(failure) {
    show(this.#list, empty(failure.message));
  }

  async look(overview) {
    this.#overview = overview;
    this.#render();
  }

  #render() {
    const swarms = this.#overview?.swarms ?? [];
    const all = num(this.#overview?.coordinator?.swarmCount);
    if (!swarms.length) {
      show(this.#summary, "");
      show(this.#list, empty("There is no swarm yet. The first operation makes one; an agent of the SDK does, too.",
        "swarmlog publish fleet 'inspect rack 7'", "swarmlog demo"));
      return;
    }
    const sought = this.#filter.toLowerCase();
    const found = swarms.filter(swarm => swarm.name.toLowerCase().includes(sought))
      .sort((a, b) => weight(b) - weight(a) || num(b.recentlyAppendedCount) - num(a.recentlyAppendedCount)
        || (a.name < b.name ? -1 : 1));
    const troubled = swarms.filter(swarm => weight(swarm) >= 20).length;
    show(this.#summary, `${plural(all, "swarm")}, ${troubled ? `${count(troubled)} in trouble` : "all fine"}`,
      all > swarms.length ? `; the ${count(swarms.length)} busiest are listed` : "");
    if (!found.length) {
      show(this.#list, empty(`No swarm has “${this.#filter}” in its name.`));
      return;
    }
    show(this.#list, table("Swarms, those in trouble first",
      [["Swarm", "name"], ["How it is", "chips"], ["Agents", "n"], ["Operations / s", "n trend"],
        ["Lag p50 / p99", "n trend"], ["Backlog", "n"], ["Parked", "n"], ["Drift", "n"]],
      found.map(swarm => this.#row(swarm))));
  }

  #row(swarm) {
    const past = this.#history.of(swarm.name);
    return {
      key: swarm.name,
      kind: troubles(swarm)[0]?.kind,
      cells: [
        el("a", { href: swarmLink(swarm.name) }, swarm.name),
        chips(swarm),
        count(swarm.connectedAgents ?? 0),
        [sparkline(past.rates, "Operations per second, last three minutes"), el("b", {}, rate(this.#history.rate(swarm.name)))],
        [sparkline(past.lags, "99th percentile of lag, last three minutes"), el("b", {}, lag(swarm.ackLag))],
        num(swarm.backlogSum) ? el("span", { title: `most: ${swarm.backlogMaxAgent}` }, count(swarm.backlogSum)) : zero,
        num(swarm.parkedCount) ? count(swarm.parkedCount) : zero,
        num(swarm.openDriftIncidents) ? count(swarm.openDriftIncidents) : zero,
      ],
    };
  }
}

const zero = "0";
