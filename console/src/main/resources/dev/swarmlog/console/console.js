// The page: which view is shown, how the coordinator is, and whether it answers.

import { ask, repeat } from "./coordinator.js";
import { el, printable, show } from "./elements.js";
import { OperationView } from "./operation.js";
import { OverviewView } from "./overview.js";
import { SwarmView } from "./swarm.js";
import { History } from "./overview.js";
import { ago, bytes, count, num, span, timeOfDay } from "./texts.js";

const PERIOD_MS = 1000;

const main = document.getElementById("main");
const history = new History();
let view = undefined;
let stop = () => {};
let lastAnswerMs = 0;

function viewOf(hash) {
  let parts;
  try {
    parts = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  } catch {
    parts = [""];
  }
  const [kind, swarm, log, op] = parts;
  if (kind === "swarm" && swarm && (log === "main" || log === "control") && /^\d+$/.test(op ?? "")) {
    return new OperationView(swarm, log, op);
  }
  return kind === "swarm" && swarm ? new SwarmView(swarm, history) : new OverviewView(history);
}

function open() {
  if (location.hash === "#main") {
    main.focus();
    return;
  }
  stop();
  view = viewOf(location.hash);
  const shown = view;
  main.replaceChildren(...shown.shell());
  show(document.getElementById("trail"), shown.trail());
  document.title = printable(shown.title());
  scrollTo(0, 0);
  stop = repeat(PERIOD_MS, async signal => {
    try {
      const overview = await ask("overview", {}, signal);
      history.add(overview);
      heard(overview);
      await shown.look(overview, (question, parameters) => ask(question, parameters, signal));
      document.title = printable(shown.title());
    } catch (failure) {
      if (signal.aborted) {
        return;
      }
      if (failure.status === undefined || failure.status >= 500) {
        lost(failure);
      } else {
        shown.refused(failure);
      }
    }
  });
}

function heard(overview) {
  lastAnswerMs = Date.now();
  const coordinator = overview.coordinator ?? {};
  const figures = [
    ["version", coordinator.version ?? ""],
    ["up", ago(coordinator.startedUnixNano, overview.nowUnixNano).replace(" ago", "")],
    ["agents", count(coordinator.sessionCount ?? 0)],
    ["commit p99", span(Math.max(0, ...(coordinator.shards ?? []).map(s => num(s.commitP99Us))) * 1000)],
    ["heap", `${bytes(coordinator.heapUsedBytes)} of ${bytes(coordinator.heapMaxBytes)}`],
  ];
  if (coordinator.scarceMemory) {
    figures.push(["scarce", coordinator.scarceMemory]);
  }
  show(document.getElementById("figures"),
    figures.map(([name, value]) => el("div", { "data-key": name }, el("dt", {}, name), el("dd", {}, value))));
  document.body.classList.remove("stale");
  document.getElementById("lost").hidden = true;
  const connection = document.getElementById("connection");
  connection.className = "connection live";
  show(connection, "live");
}

function lost(failure) {
  document.body.classList.add("stale");
  const connection = document.getElementById("connection");
  connection.className = "connection";
  show(connection, "not connected");
  const notice = document.getElementById("lost");
  notice.hidden = false;
  const since = lastAnswerMs ? ` What you see is of ${timeOfDay(BigInt(lastAnswerMs) * 1_000_000n)}.` : "";
  show(notice, `The connection is lost: ${failure.status === undefined ? "nobody answers" : failure.message}.${since}`
    + " It is tried again every second. If the coordinator has ended, ", el("code", {}, "swarmlog serve"), " starts it.");
}

addEventListener("hashchange", open);
addEventListener("keydown", event => {
  const typing = event.target instanceof HTMLInputElement;
  if (event.key === "/" && !typing) {
    const filter = main.querySelector("input[type=search]");
    if (filter) {
      event.preventDefault();
      filter.focus();
    }
  } else if (event.key === "Escape" && typing) {
    event.target.value = "";
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
    event.target.blur();
  } else if (event.key === "Escape" && view) {
    location.hash = view.up();
  }
});
open();
