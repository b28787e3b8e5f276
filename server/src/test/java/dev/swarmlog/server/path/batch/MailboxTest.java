package dev.swarmlog.server.path.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.v1.Durability;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MailboxTest {

  private static final Runnable NEVER_WOKEN =
      () -> {
        throw new AssertionError("Expected nobody to be woken");
      };

  private static Proposal proposal(int bytes) {
    return proposal("hive", bytes);
  }

  private static Proposal proposal(String swarm, int bytes) {
    return new Proposal(
        new Flow(swarm, "bee"),
        Command.getDefaultInstance(),
        bytes,
        new Proposal.Listener() {
          @Override
          public void settled(Outcome outcome, Durability durability) {}

          @Override
          public void abandoned() {}
        });
  }

  @Test
  void shouldTakeInTheOrderOfOffers() throws Exception {
    Mailbox mailbox = new Mailbox(10, 1_000);
    Proposal first = proposal(1);
    Proposal second = proposal(2);
    mailbox.offer(first, NEVER_WOKEN);
    mailbox.offer(second, NEVER_WOKEN);
    assertThat(mailbox.take(10, 1_000, 0)).containsExactly(first, second);
    assertThat(mailbox.bytes()).isZero();
  }

  @Test
  void shouldHoldBackWhoHasItsShareUntilHalfOfThatIsTaken() throws Exception {
    // given a share of four of sixteen
    Mailbox mailbox = new Mailbox(16, 1_000);
    for (int i = 0; i < 4; i++) {
      assertThat(mailbox.offer(proposal(1), NEVER_WOKEN)).isEqualTo(Mailbox.Offer.TAKEN);
    }
    AtomicInteger woken = new AtomicInteger();
    // when
    assertThat(mailbox.offer(proposal(1), woken::incrementAndGet))
        .isEqualTo(Mailbox.Offer.HOLD_BACK);
    mailbox.take(2, 1_000, 0);
    // then: two and the one that waits are more than half
    assertThat(woken).hasValue(0);
    mailbox.take(1, 1_000, 0);
    assertThat(woken).hasValue(1);
    assertThat(mailbox.take(16, 1_000, 0)).hasSize(2);
    assertThat(woken).hasValue(1);
  }

  @Test
  void shouldRefuseWhoHasItsShareAndDoesNotHoldBackAndTakeFromOthers() {
    Mailbox mailbox = new Mailbox(16, 1_000);
    for (int i = 0; i < 4; i++) {
      assertThat(mailbox.offer(proposal(1), null)).isEqualTo(Mailbox.Offer.TAKEN);
    }
    assertThat(mailbox.offer(proposal(1), null)).isEqualTo(Mailbox.Offer.FULL);
    assertThat(mailbox.size()).isEqualTo(4);
    assertThat(mailbox.offer(proposal("other", 1), null)).isEqualTo(Mailbox.Offer.TAKEN);
  }

  @Test
  void shouldRefuseBeyondTheBytesButTakeOneThatIsLargerThanAll() {
    Mailbox mailbox = new Mailbox(100, 10);
    assertThat(mailbox.offer(proposal(11), NEVER_WOKEN)).isEqualTo(Mailbox.Offer.TAKEN);
    assertThat(mailbox.offer(proposal(1), null)).isEqualTo(Mailbox.Offer.FULL);
  }

  @Test
  void shouldEndAnEntryBeforeTheProposalThatWouldExceedIt() throws Exception {
    Mailbox mailbox = new Mailbox(100, 1_000);
    List<Proposal> offered = List.of(proposal(5), proposal(5), proposal(5));
    offered.forEach(each -> mailbox.offer(each, NEVER_WOKEN));
    assertThat(mailbox.take(100, 10, 0)).containsExactlyElementsOf(offered.subList(0, 2));
    assertThat(mailbox.take(100, 10, 0)).containsExactly(offered.get(2));
  }

  @Test
  void shouldEndAnEntryAtItsNumberOfProposals() throws Exception {
    Mailbox mailbox = new Mailbox(100, 1_000);
    List<Proposal> offered = List.of(proposal(1), proposal(1), proposal(1));
    offered.forEach(each -> mailbox.offer(each, NEVER_WOKEN));
    assertThat(mailbox.take(2, 1_000, 0)).containsExactlyElementsOf(offered.subList(0, 2));
    assertThat(mailbox.take(2, 1_000, 0)).containsExactly(offered.get(2));
  }

  @Test
  void shouldTakeNothingMoreOnceClosedButGiveWhatWaits() throws Exception {
    // given
    Mailbox mailbox = new Mailbox(1, 1_000);
    Proposal waiting = proposal(1);
    Proposal heldBack = proposal(1);
    mailbox.offer(waiting, NEVER_WOKEN);
    AtomicInteger woken = new AtomicInteger();
    mailbox.offer(heldBack, woken::incrementAndGet);
    // when
    mailbox.close();
    // then
    assertThat(mailbox.offer(proposal(1), NEVER_WOKEN)).isEqualTo(Mailbox.Offer.CLOSED);
    assertThat(mailbox.take(10, 1_000, Long.MAX_VALUE)).containsExactly(waiting, heldBack);
    assertThat(woken).hasValue(1);
    assertThat(mailbox.take(10, 1_000, Long.MAX_VALUE)).isEmpty();
  }
}
