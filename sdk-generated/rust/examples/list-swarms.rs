//! Prints the names of the swarms of a coordinator: the least that shows that the generated client works.
//! Takes the coordinator's address, such as localhost:7400.

use std::error::Error;
use std::time::Duration;

use swarmlog_generated::swarmlog::v1::ListSwarmsRequest;
use swarmlog_generated::swarmlog::v1::administration_service_client::AdministrationServiceClient;
use swarmlog_generated::swarmlog::v1::constants::session;
use tonic::transport::Endpoint;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = std::env::args().nth(1).ok_or("Expected HOST:PORT of a coordinator.")?;
    let channel = Endpoint::from_shared(format!("http://{target}"))?
        .timeout(Duration::from_millis(session::HANDSHAKE_TIMEOUT_MS.into()))
        .connect()
        .await?;
    let answer = AdministrationServiceClient::new(channel).list_swarms(ListSwarmsRequest::default()).await?;
    for swarm in answer.into_inner().swarms {
        println!("{}", swarm.name);
    }
    Ok(())
}
