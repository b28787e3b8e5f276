//! One session: Control, which keeps it alive, and Data, which carries the log.

use std::cell::Cell;
use std::time::{Duration, Instant};

use swarmlog_generated::google::rpc::Status;
use swarmlog_generated::swarmlog::v1::constants::session::MAX_MESSAGE_BYTES;
use swarmlog_generated::swarmlog::v1::constants::{PROTOCOL_MAX, PROTOCOL_MIN};
use swarmlog_generated::swarmlog::v1::control_request::Frame as Sent;
use swarmlog_generated::swarmlog::v1::control_response::Frame as Received;
use swarmlog_generated::swarmlog::v1::session_service_client::SessionServiceClient;
use swarmlog_generated::swarmlog::v1::view_scope::Audience;
use swarmlog_generated::swarmlog::v1::{
    AllAgents, Capability, ControlRequest, ControlResponse, Hello, Log, LogPlan, NackReply, Plan, Position, Self_,
    Topic, View, ViewScope, Welcome,
};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant as Time, MissedTickBehavior, interval_at, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Channel;

use crate::agent::{Agent, Counts, End, HANDSHAKE_TIMEOUT};
use crate::failure::Failure;
use crate::heartbeats::{Heartbeats, now_unix_nano};
use crate::lane::Lane;
use crate::lane_stream::LaneStream;
use crate::replica::Replica;

/// Frames that wait for the connection. A heartbeat now and then, and one Nack.
const MAX_WAITING_FRAMES: usize = 16;
/// How long the end of a session may take, so that the last ack arrives.
const GENTLE_END: Duration = Duration::from_secs(1);
const CAPABILITIES: u64 = Capability::Sync as u64 | Capability::Drift as u64 | Capability::Nack as u64;

pub type Client = SessionServiceClient<Channel>;

/// Opens a session and keeps it until it ends, or until `stop` is true.
pub async fn run(agent: &mut Agent, stop: &mut watch::Receiver<bool>) -> Result<(), End> {
    let replica = agent.stored()?;
    let opening = async {
        let channel = agent.connect().await?;
        let client = Client::new(channel.clone()).max_decoding_message_size(MAX_MESSAGE_BYTES as usize);
        let opened = timeout(HANDSHAKE_TIMEOUT, open(client.clone(), hello(agent, &replica))).await;
        let waited =
            || Failure::passing(format!("Expected an answer to Hello in {HANDSHAKE_TIMEOUT:?}, but there was none"));
        Ok::<_, Failure>((channel, client, opened.map_err(|_| waited())??))
    };
    let (channel, client, (mut control, welcome)) = tokio::select! {
        opened = opening => opened?,
        _ = stop.wait_for(|stop| *stop) => return Ok(()),
    };
    let plan = main_plan(&welcome)?;
    for lost in &plan.lost {
        eprintln!("{} events between {} and {} are gone.", lost.count, lost.from_op_id, lost.to_op_id);
    }
    agent.backoff.succeeded(Instant::now());
    let interval = agent.heartbeats.begin(welcome.heartbeat_interval_ms);

    let (pause, paused) = watch::channel(false);
    let (replies, replied) = mpsc::channel(MAX_WAITING_FRAMES);
    let running = Cell::new(None);
    let lane = LaneStream {
        lane: Lane::new(&agent.name, replica, &plan, &welcome),
        can_refuse: welcome.capabilities & Capability::Nack as u64 != 0,
        channel,
        swarm: &agent.swarm,
        agent: &agent.name,
        file: &agent.file,
        counts: &agent.counts,
        differed: &mut agent.differed,
        running: &running,
        control: control.sender.clone(),
        replied,
        paused,
    };
    let mut reading = std::pin::pin!(lane.run(client, &welcome));
    let keeping = control.keep(&mut agent.heartbeats, &agent.counts, &running, interval, &replies);
    let ended = tokio::select! {
        read = &mut reading => return read.map(drop).map_err(lost),
        end = keeping => Err(end),
        _ = stop.wait_for(|stop| *stop) => Ok(()),
    };
    // What is being applied is finished and acknowledged.
    pause.send_replace(true);
    // What fails now is not why the session ended. The stream is held until the last ack has arrived.
    let _held = reading.await;
    control.end().await;
    ended
}

fn lost(why: Failure) -> End {
    End { why, at_least: Duration::ZERO, lost: true }
}

fn hello(agent: &Agent, replica: &Replica) -> Hello {
    let all = || Some(Audience::All(AllAgents {}));
    let own = || Some(Audience::Self_(Self_ {}));
    let topics = [Topic::Commands, Topic::Reconciliation];
    let scopes =
        topics.iter().flat_map(|&topic| [all(), own()].map(|audience| ViewScope { topic: topic.into(), audience }));
    Hello {
        protocol_min: PROTOCOL_MIN,
        protocol_max: PROTOCOL_MAX,
        capabilities: CAPABILITIES,
        swarm: agent.swarm.clone(),
        agent: agent.name.clone(),
        instance: agent.instance.clone(),
        view: Some(View { scopes: scopes.collect() }),
        resume: replica.presented().into_iter().collect(),
        sdk: format!("rust-example {}", env!("CARGO_PKG_VERSION")),
        ..Default::default()
    }
}

/// The plan for the one log of the view, if it can be followed.
fn main_plan(welcome: &Welcome) -> Result<LogPlan, Failure> {
    let plan = welcome.plans.iter().find(|plan| plan.log() == Log::Main);
    let plan = plan.ok_or_else(|| Failure::passing("Expected a plan for the log main, but there is none"))?;
    if plan.plan() == Plan::Reject {
        return Err(Failure::of_status(&plan.status.clone().unwrap_or_default()));
    }
    let is_whole =
        |position: &Option<Position>| position.as_ref().is_some_and(|at| at.incarnation != 0 && at.epoch != 0);
    if !is_whole(&plan.start) || !is_whole(&plan.target) {
        return Err(Failure::passing("Expected a plan that says where it starts and ends, but this one does not"));
    }
    if welcome.capabilities & Capability::Sync as u64 == 0 {
        return Err(Failure::lasting("Expected a coordinator that sends deltas and receipts, but this one is too old"));
    }
    Ok(plan.clone())
}

/// The stream Control.
struct Control {
    sender: mpsc::Sender<ControlRequest>,
    frames: Streaming<ControlResponse>,
}

async fn open(mut client: Client, hello: Hello) -> Result<(Control, Welcome), Failure> {
    let (sender, requests) = mpsc::channel(MAX_WAITING_FRAMES);
    let first = ControlRequest { frame: Some(Sent::Hello(hello)) };
    sender.try_send(first).map_err(|_| Failure::passing("Expected room for Hello, but there was none"))?;
    let called = client.control(ReceiverStream::new(requests)).await;
    let mut frames = called.map_err(|status| Failure::of_call(&status))?.into_inner();
    loop {
        if let Some(Received::Welcome(welcome)) = next(&mut frames).await?.frame {
            return Ok((Control { sender, frames }, welcome));
        }
    }
}

/// The next frame of a stream that is not to end.
pub async fn next<T>(frames: &mut Streaming<T>) -> Result<T, Failure> {
    let frame = frames.message().await.map_err(|status| Failure::of_call(&status))?;
    frame.ok_or_else(|| Failure::passing("The coordinator ended the stream without saying why"))
}

impl Control {
    /// Answers heartbeats and passes on what is said of refusals, until the session is to end.
    async fn keep(
        &mut self,
        heartbeats: &mut Heartbeats,
        counts: &Counts,
        running: &Cell<Option<Instant>>,
        interval: Duration,
        replies: &mpsc::Sender<NackReply>,
    ) -> End {
        let mut due = interval_at(Time::now(), interval);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let frame = tokio::select! {
                frame = next(&mut self.frames) => frame,
                _ = due.tick() => {
                    let Some(mut heartbeat) = heartbeats.next(now_unix_nano()) else {
                        return lost(Failure::passing("Expected answers to heartbeats, but there were none"));
                    };
                    let ran_for = running.get().map_or(Duration::ZERO, |since| since.elapsed());
                    heartbeat.handler_running_ms = ran_for.as_millis().try_into().unwrap_or(u64::MAX);
                    heartbeat.ignored_duplicates = counts.duplicates.get();
                    heartbeat.out_of_order = counts.out_of_order.get();
                    // Where there is no room the stream is broken, or stands still: the next heartbeats will tell.
                    let _ = self.sender.try_send(ControlRequest { frame: Some(Sent::Heartbeat(heartbeat)) });
                    continue;
                }
            };
            match frame.map(|response| response.frame) {
                Ok(Some(Received::HeartbeatReply(reply))) => heartbeats.answered(&reply, now_unix_nano()),
                Ok(Some(Received::Drain(drain))) => {
                    let why = Failure::passing(format!("The coordinator asked to connect again: {}", drain.reason));
                    return End { why, at_least: Duration::from_millis(drain.reconnect_after_ms.into()), lost: false };
                }
                // A reply that is dropped comes again: the operation is refused again after a while.
                Ok(Some(Received::NackReply(reply))) => drop(replies.try_send(reply)),
                Ok(Some(Received::Notice(notice))) => log_notice(&notice),
                // Of a later version.
                Ok(_) => {}
                Err(why) => return lost(why),
            }
        }
    }

    /// Ends the session so that what was sent arrives.
    async fn end(self) {
        let Self { sender, mut frames } = self;
        drop(sender);
        let _ = timeout(GENTLE_END, async { while let Ok(Some(_)) = frames.message().await {} }).await;
    }
}

fn log_notice(notice: &Status) {
    eprintln!("The coordinator passed a frame over: {}", notice.message);
}
