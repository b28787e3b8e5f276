//! Publishing the answer to an ask.

use std::time::Duration;

use swarmlog_generated::swarmlog::v1::constants::session::HANDSHAKE_TIMEOUT_MS;
use swarmlog_generated::swarmlog::v1::publish_service_client::PublishServiceClient;
use swarmlog_generated::swarmlog::v1::target::Target as Arm;
use swarmlog_generated::swarmlog::v1::{
    AllAgents, OperationClass, Payload, PublishGroup, PublishRecord, PublishRequest, Target, Topic,
};
use tonic::Request;
use tonic::transport::Channel;

use crate::failure::Failure;

/// Publishes an answer, and returns when it is in the log. The idempotency key makes it be there once, however often
/// this is called: an agent that publishes now and then needs no producer, and no numbers.
pub async fn answer(channel: &Channel, swarm: &str, agent: &str, asked_by: u64) -> Result<(), Failure> {
    let record = PublishRecord {
        topic: Topic::Reconciliation.into(),
        target: Some(Target { target: Some(Arm::All(AllAgents {})) }),
        operation_class: OperationClass::Keyed.into(),
        key: format!("answer/{agent}/{asked_by}"),
        payload: Some(Payload {
            r#type: "polyglot.Answer".to_owned(),
            content_type: "text/plain; charset=utf-8".to_owned(),
            schema_version: 0,
            data: b"rust".to_vec(),
        }),
        ..Default::default()
    };
    let group = PublishGroup { number: 0, records: vec![record], idempotency_key: format!("{agent}/{asked_by}") };
    let (swarm, publisher) = (swarm.to_owned(), agent.to_owned());
    let mut request = Request::new(PublishRequest { swarm, publisher, group: Some(group) });
    request.set_timeout(Duration::from_millis(HANDSHAKE_TIMEOUT_MS.into()));
    let answered = PublishServiceClient::new(channel.clone()).publish(request).await;
    answered.map(drop).map_err(|status| Failure::of_call(&status))
}
