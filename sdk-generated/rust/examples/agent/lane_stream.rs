//! The stream Data of the log: reads a frame, does what it leads to, acknowledges, and only then reads the next one.

use std::cell::Cell;
use std::io::Write;
use std::time::{Duration, Instant};

use swarmlog_generated::google::rpc::Status;
use swarmlog_generated::swarmlog::v1::constants::session::NACK_PATIENCE_MS;
use swarmlog_generated::swarmlog::v1::control_request::Frame as ControlFrame;
use swarmlog_generated::swarmlog::v1::data_request::Frame;
use swarmlog_generated::swarmlog::v1::nack::Reaction;
use swarmlog_generated::swarmlog::v1::nack_reply::Outcome;
use swarmlog_generated::swarmlog::v1::{
    Ack, Attach, ControlRequest, DataRequest, DataResponse, Log, Nack, NackReply, Welcome,
};
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, sleep_until, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Channel;

use crate::agent::{Counts, HANDSHAKE_TIMEOUT};
use crate::backoff::{Backoff, jitter};
use crate::failure::Failure;
use crate::heartbeats::now_unix_nano;
use crate::lane::{Lane, Step};
use crate::publishing;
use crate::session::{Client, next};
use crate::state_file::StateFile;
use crate::sums_schedule::SumsSchedule;
use crate::work::Duty;

const MAX_WAITING_ACKS: usize = 16;

/// A lane, and all that its steps need.
pub struct LaneStream<'a> {
    pub lane: Lane,
    /// The coordinator takes Nacks.
    pub can_refuse: bool,
    pub channel: Channel,
    pub swarm: &'a str,
    pub agent: &'a str,
    pub file: &'a StateFile,
    pub counts: &'a Counts,
    pub differed: &'a mut bool,
    /// Since when a step is under way.
    pub running: &'a Cell<Option<Instant>>,
    pub control: mpsc::Sender<ControlRequest>,
    pub replied: mpsc::Receiver<NackReply>,
    /// Becomes true when nothing more is to be read.
    pub paused: watch::Receiver<bool>,
}

/// What comes on the stream.
pub type Frames = Streaming<DataResponse>;

/// Why a step is not done.
enum Halt {
    /// The agent is to read no more. Nothing went wrong.
    Paused,
    Failed(Failure),
}

impl From<Failure> for Halt {
    fn from(why: Failure) -> Self {
        Self::Failed(why)
    }
}

impl LaneStream<'_> {
    /// Reads until it is paused, or until the stream cannot go on. Answers the stream that is paused, if it was open.
    pub async fn run(mut self, mut client: Client, welcome: &Welcome) -> Result<Option<Frames>, Failure> {
        let (acks, requests) = mpsc::channel(MAX_WAITING_ACKS);
        let attach = Attach { session_id: welcome.session_id.clone(), log: Log::Main.into(), ..Default::default() };
        self.send(&acks, Frame::Attach(attach)).await;
        let opening = timeout(HANDSHAKE_TIMEOUT, client.data(ReceiverStream::new(requests)));
        let Ok(opened) = self.unless_paused(opening).await else { return Ok(None) };
        let opened = opened.map_err(|_| Failure::passing("Expected the lane to open, but there was no answer"))?;
        let mut frames = opened.map_err(|status| Failure::of_call(&status))?.into_inner();
        let interval_ms = welcome.limits.as_ref().map_or(0, |limits| limits.drift_check_interval_ms);
        let mut sums = SumsSchedule::new(if self.lane.heals { interval_ms } else { 0 }, Instant::now());
        loop {
            let due = sums.due().filter(|_| !self.lane.is_syncing());
            let frame = tokio::select! {
                biased;
                _ = self.paused.wait_for(|paused| *paused) => return Ok(Some(frames)),
                frame = next(&mut frames) => Some(frame?),
                _ = sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => None,
            };
            let Some(frame) = frame else {
                self.acknowledge(&acks, &mut sums, &Step { report_sums: true, ..Step::default() }).await;
                continue;
            };
            let duplicates = self.lane.duplicates;
            let step = self.lane.frame(frame).map_err(|why| {
                self.counts.out_of_order.set(self.counts.out_of_order.get() + 1);
                Failure::passing(why)
            })?;
            self.counts.duplicates.set(self.counts.duplicates.get() + self.lane.duplicates - duplicates);
            self.running.set(Some(Instant::now()));
            let done = self.perform(step, &acks, &mut sums).await;
            self.running.set(None);
            match done {
                Ok(()) => {}
                Err(Halt::Paused) => return Ok(Some(frames)),
                Err(Halt::Failed(why)) => return Err(why),
            }
        }
    }

    async fn perform(
        &mut self,
        mut step: Step,
        acks: &mpsc::Sender<DataRequest>,
        sums: &mut SumsSchedule,
    ) -> Result<(), Halt> {
        for note in &step.notes {
            eprintln!("{note}.");
        }
        for (op_id, why) in std::mem::take(&mut step.refused) {
            self.refuse(op_id, why).await?;
        }
        for duty in &step.duties {
            if let Duty::Answer { asked_by } = duty {
                self.answer(*asked_by).await?;
            }
        }
        if step.store {
            self.store().await?;
            sums.applied();
        }
        for duty in &step.duties {
            if let Duty::Report(line) = duty {
                writeln!(std::io::stdout(), "{line}").map_err(|e| {
                    Failure::lasting(format!("Expected to write a report to standard output, but: {e}"))
                })?;
            }
        }
        if step.store || step.acknowledge {
            self.acknowledge(acks, sums, &step).await;
        }
        if let Some(digests) = step.digests {
            self.send(acks, Frame::DigestReport(digests)).await;
        }
        if let Some(differs) = step.differs {
            // The next session says what is held, and is sent what differs. A second time nothing would mend it.
            if differs && !std::mem::replace(self.differed, true) {
                return Err(Failure::passing("Expected the keyed state of the receipt, but it differs").into());
            }
            *self.differed = differs;
        }
        Ok(())
    }

    async fn store(&mut self) -> Result<(), Failure> {
        let (file, bytes) = (self.file.clone(), self.lane.replica.encode(self.swarm, self.agent));
        let path = file.path().to_owned();
        // Not on the thread that answers heartbeats: a disk may take its time.
        let stored = spawn_blocking(move || file.replace(&bytes)).await.unwrap_or_else(|e| Err(e.into()));
        stored.map_err(|e| {
            let path = path.display();
            Failure::passing(format!(
                "Expected to store {path}, but: {e}. What was stored before is there; mend the disk"
            ))
        })
    }

    async fn acknowledge(&mut self, acks: &mpsc::Sender<DataRequest>, sums: &mut SumsSchedule, step: &Step) {
        let now = Instant::now();
        let is_due = sums.due().is_some_and(|due| due <= now);
        let with_sums = !self.lane.is_syncing() && (step.report_sums || is_due);
        let ack = Ack {
            applied: Some(self.lane.position()),
            sums: if with_sums { self.lane.sums() } else { Vec::new() },
            last_repair_id: self.lane.last_repair_id(),
            applied_unix_nano: if step.applied > 0 { now_unix_nano() } else { 0 },
        };
        self.send(acks, Frame::Ack(ack)).await;
        if with_sums {
            sums.reported(now);
        }
    }

    /// Has the coordinator say what becomes of an operation, before anything at or behind it is stored.
    async fn refuse(&mut self, op_id: u64, why: Status) -> Result<(), Halt> {
        eprintln!("Operation {op_id} cannot be applied: {}.", why.message);
        if !self.can_refuse {
            // It comes again with the next session, until somebody mends one or the other.
            return Err(
                Failure::passing(format!("Expected a coordinator that can be told of operation {op_id}")).into()
            );
        }
        let nack = Nack {
            log: Log::Main.into(),
            op_id,
            // Another try would find the same bytes.
            reaction: Reaction::Park.into(),
            status: Some(why),
            ..Default::default()
        };
        let mut backoff = Backoff::default();
        loop {
            let frame = Some(ControlFrame::Nack(nack.clone()));
            // If Control is broken, the session ends, and this with it.
            let _ = self.control.try_send(ControlRequest { frame });
            let patience = Duration::from_millis(NACK_PATIENCE_MS.into());
            let replied = timeout(patience, reply(&mut self.replied, op_id));
            let Ok(reply) = unless(&mut self.paused, replied).await? else { continue };
            let reply = reply?;
            // One of a later version says nothing that is known here.
            if !matches!(reply.outcome(), Outcome::Refused | Outcome::Unspecified) {
                return Ok(());
            }
            let told = Failure::of_status(&reply.status.unwrap_or_default());
            eprintln!("The coordinator does not take the refusal of operation {op_id}: {told}");
            self.unless_paused(sleep(backoff.next(Instant::now(), told.retry_after, false, jitter))).await?;
        }
    }

    async fn answer(&mut self, asked_by: u64) -> Result<(), Halt> {
        let mut backoff = Backoff::default();
        loop {
            let answering = publishing::answer(&self.channel, self.swarm, self.agent, asked_by);
            let why = match unless(&mut self.paused, answering).await? {
                Ok(()) => return Ok(()),
                Err(why) if !why.retryable => return Err(why.into()),
                Err(why) => why,
            };
            eprintln!("The answer to operation {asked_by} is not published yet: {why}");
            self.unless_paused(sleep(backoff.next(Instant::now(), why.retry_after, false, jitter))).await?;
        }
    }

    async fn send(&mut self, acks: &mpsc::Sender<DataRequest>, frame: Frame) {
        // If the stream is broken, reading from it says why. If it stands still, heartbeats find out.
        let _ = self.unless_paused(acks.send(DataRequest { frame: Some(frame) })).await;
    }

    async fn unless_paused<T>(&mut self, future: impl Future<Output = T>) -> Result<T, Halt> {
        unless(&mut self.paused, future).await
    }
}

/// Waits for a future, but no longer than until it is true that the agent is paused.
async fn unless<T>(paused: &mut watch::Receiver<bool>, future: impl Future<Output = T>) -> Result<T, Halt> {
    tokio::select! {
        biased;
        done = future => Ok(done),
        _ = paused.wait_for(|paused| *paused) => Err(Halt::Paused),
    }
}

/// What is said of one operation.
async fn reply(replied: &mut mpsc::Receiver<NackReply>, op_id: u64) -> Result<NackReply, Failure> {
    loop {
        match replied.recv().await {
            Some(reply) if reply.op_id == op_id => return Ok(reply),
            Some(_) => {}
            None => return Err(Failure::passing("Expected a session, but it is over")),
        }
    }
}
