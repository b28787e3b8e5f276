package agent

import dev.swarmlog.v1.Plan
import dev.swarmlog.v1.copy
import dev.swarmlog.v1.dataResponse
import dev.swarmlog.v1.digestQuery
import dev.swarmlog.v1.target
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.Test

class LaneTest {
    private val first = arrayOf(event(1, "", "one"), keyed(2, "a", "x"), event(3, "", "two"))

    /** Through with its first sync, at operation 3: two events, key a. */
    private fun live(): Lane = lane(Replica(), plan(Plan.PLAN_DELTA, at(0), at(3))).apply {
        give(delivery(0, at(3), *first))
        assertThat(give(*end(applied(at(3), *first), 3, 0)).notes).isEmpty()
    }

    private fun stored(replica: Replica) = Replica.decode(replica.encode("fleet", NAME), "fleet", NAME)

    @Test
    fun `every operation takes effect once and in order`() {
        val lane = live()
        val operations = arrayOf(event(3, "", "two"), event(4, "", "three"), keyed(5, "b", "y"))
        val step = lane.give(delivery(2, at(5), *operations))
        assertThat(step.applied).isEqualTo(2)
        assertThat(lane.duplicates).isEqualTo(1)
        // SHA-256(SHA-256(SHA-256(0^32, 1, "one"), 3, "two"), 4, "three"), computed apart from this.
        val chain = "c71bcff6acbe167945c85051faac60252a58e846306a294484bee0ca0c71a89f"
        assertThat(lane.replica.work.chain.toHex()).isEqualTo(chain)
        val again = lane.give(delivery(2, at(5), *operations))
        assertThat(again.store).isFalse()
        assertThat(again.acknowledge).isTrue()
        assertThat(lane.replica.work.chain.toHex()).isEqualTo(chain)
        assertThat(lane.replica.work.events).isEqualTo(3)
    }

    @Test
    fun `what does not follow is not taken`() {
        val wrong = mapOf(
            "a gap" to delivery(4, at(5), event(5, "", "")),
            "the wrong order" to delivery(3, at(5), event(5, "", ""), event(4, "", "")),
            "beyond its interval" to delivery(3, at(4), event(5, "", "")),
            "another history" to delivery(3, at(4, of = 8), event(4, "", "")),
            "no position" to dataResponse { delivery = delivery(3, at(4)).delivery.copy { clearTo() } },
            "a page outside of a sync" to page(reconciliation, at(3), "", ""),
            "a repair of elsewhere" to repairing(page(reconciliation, at(2), "", "")),
            "falling behind elsewhere" to fellBehind(2, 9),
        )
        for ((what, frame) in wrong) {
            val lane = live()
            val before = lane.replica.encode("fleet", NAME)
            assertThatThrownBy { lane.frame(frame) }.describedAs(what).isInstanceOf(DoesNotFollow::class.java)
                .hasMessageStartingWith("Expected ")
            assertThat(lane.replica.encode("fleet", NAME)).describedAs(what).isEqualTo(before)
        }
    }

    @Test
    fun `what is not known is passed over`() {
        val lane = live()
        assertThat(lane.give(dataResponse {})).isEqualTo(Step())
        val strange = event(4, "", "of a later version").copy { operationClassValue = 99 }
        val elsewhere = event(5, "", "to a kind of target of a later version").copy { target = target {} }
        lane.give(delivery(3, at(6), strange, elsewhere, event(6, "", "known")))
        assertThat(lane.replica.work.events).isEqualTo(3)
    }

    @Test
    fun `a delta that is cut off says so when it comes back`() {
        val lane = lane(Replica(), plan(Plan.PLAN_DELTA, at(0), at(9)))
        lane.give(delivery(0, at(4), keyed(4, "a", "x")))
        val presented = checkNotNull(stored(lane.replica).presented())
        val triple = presented.triple
        assertThat(listOf(triple.baseOpId, triple.cursorOpId, triple.targetOpId)).containsExactly(0, 4, 9)
        assertThat(triple.exact).isTrue()
        assertThat(presented.sumsList).describedAs("sums mean nothing in the middle of a delta").isEmpty()
        assertThat(presented.scopesCount).isEqualTo(2)
    }

    @Test
    fun `sums are presented where nothing is interrupted`() {
        val presented = checkNotNull(stored(live().replica).presented())
        assertThat(presented.hasTriple() || presented.hasSnapshot()).isFalse()
        assertThat(presented.sumsList).isEqualTo(live().sums)
        assertThat(presented.sumsList.first().eventCount).isEqualTo(2)
    }

    @Test
    fun `a receipt that does not hold is told, and what differs is taken`() {
        val truth = applied(at(3), *first)
        val lane = lane(Replica(), plan(Plan.PLAN_DELTA, at(0), at(3)))
        lane.give(delivery(0, at(3), event(1, "", "one"), keyed(2, "a", "stale")))
        val ended = lane.give(*end(truth, 3, 0))
        assertThat(ended.notes).describedAs("state, events and count").hasSize(3)
        assertThat(ended.differs).describedAs("the coordinator mends it by the sums").isFalse()
        assertThat(lane.sums[0]).describedAs("events cannot be mended").isEqualTo(truth.ledger.sums()[0])
        assertThat(lane.sums[1]).describedAs("said as it is").isNotEqualTo(truth.ledger.sums()[1])
        val step = lane.give(repairing(page(reconciliation, at(3), "", "", keyed(2, "a", "x"))))
        assertThat(step.store && step.reportSums).isTrue()
        assertThat(lane.lastRepairId).isEqualTo(1)
        assertThat(lane.sums).isEqualTo(truth.ledger.sums())
    }

    @Test
    fun `a sync does not end without a receipt`() {
        val lane = lane(Replica(), plan(Plan.PLAN_DELTA, at(0), at(3)))
        val caughtUp = end(applied(at(3)), 0, 0).last()
        assertThatThrownBy { lane.frame(caughtUp) }.hasMessageContaining("receipt")
    }

    @Test
    fun `a snapshot replaces keys and resumes at a page`() {
        val whole = arrayOf(keyed(4, "b", "new"), keyed(5, "d", "new"))
        val cutOff = lane(live().replica, plan(Plan.PLAN_SNAPSHOT, at(3), at(9)))
        cutOff.give(page(commands, at(9), "", ""), page(reconciliation, at(9), "", "b", whole[0]))
        val presented = checkNotNull(stored(cutOff.replica).presented())
        assertThat(presented.scopesList).describedAs("its last page has come").containsExactly(commands.toMessage())
        assertThat(presented.snapshot.scope).isEqualTo(reconciliation.toMessage())
        assertThat(presented.snapshot.lastKey).isEqualTo("b")

        val rest = plan(Plan.PLAN_SNAPSHOT, at(9), at(9)).toBuilder().removeSnapshotScopes(0).build()
        val resumed = lane(stored(cutOff.replica), rest)
        resumed.give(page(reconciliation, at(9), "b", "", whole[1]), *end(applied(at(9), *whole), 0, 1))
        assertThat(resumed.sums[1]).isEqualTo(applied(at(9), *whole).ledger.sums()[1])
        assertThat(resumed.replica.presented()?.scopesCount).isEqualTo(2)
    }

    @Test
    fun `pages are in the order of UTF-8 and not of UTF-16`() {
        val (wide, clef) = "\uff5e" to "\ud834\udd1e"
        val lane = lane(live().replica, plan(Plan.PLAN_SNAPSHOT, at(3), at(9)))
        lane.give(page(commands, at(9), "", ""))
        lane.give(page(reconciliation, at(9), "", wide, keyed(4, "a", ""), keyed(5, wide, "")))
        val step = lane.give(page(reconciliation, at(9), wide, clef, keyed(6, clef, "")))
        assertThat(step.store).describedAs("it lies behind the page before").isTrue()
        assertThat(lane.replica.ledger[reconciliation]?.keys?.keys).containsExactly("a", wide, clef)
        assertThatThrownBy { lane.frame(page(reconciliation, at(9), clef, "", keyed(7, wide, ""))) }
            .isInstanceOf(DoesNotFollow::class.java)
    }

    @Test
    fun `pages that leave keys out or lie elsewhere are not taken`() {
        val wrong = mapOf(
            "a gap" to page(reconciliation, at(9), "c", ""),
            "a scope of no plan" to page(ScopeName(5, 1, ""), at(9), "", ""),
            "another position" to page(commands, at(8), "", ""),
            "keys behind its end" to page(commands, at(9), "", "b", keyed(4, "c", "")),
            "keys before its beginning" to page(commands, at(9), "b", "", keyed(4, "a", "")),
        )
        for ((what, page) in wrong) {
            val lane = lane(live().replica, plan(Plan.PLAN_SNAPSHOT, at(3), at(9)))
            assertThatThrownBy { lane.frame(page) }.describedAs(what).isInstanceOf(DoesNotFollow::class.java)
        }
    }

    @Test
    fun `another history replaces the position and leaves effects`() {
        val there = at(40, of = 8)
        val lane = lane(live().replica, plan(Plan.PLAN_SNAPSHOT, there, there))
        val truth = applied(there, keyed(7, "z", "y"))
        lane.give(page(commands, there, "", ""), page(reconciliation, there, "", "", keyed(7, "z", "y")))
        assertThat(lane.give(*end(truth, 0, 1)).notes).isEmpty()
        assertThat(lane.position).isEqualTo(there)
        assertThat(lane.replica.work.events).isEqualTo(2)
        assertThat(lane.sums).isEqualTo(truth.ledger.sums())
    }

    @Test
    fun `a reader that fell behind follows a delta`() {
        val lane = live()
        lane.give(fellBehind(3, 9))
        assertThat(lane.isSyncing).isTrue()
        assertThat(lane.sums).isEmpty()
        lane.give(delivery(3, at(9), deleted(8, "a")))
        assertThat(lane.give(*end(applied(at(9), first[0], first[2]), 1, 0)).notes).isEmpty()
        assertThat(lane.isSyncing).isFalse()
    }

    @Test
    fun `queries are answered between syncs and where a plan compares`() {
        val query = dataResponse {
            digestQuery = digestQuery {
                queryId = 4
                scope = reconciliation.toMessage()
                maxParts = 8
            }
        }
        val report = checkNotNull(live().give(query).digests)
        assertThat(report.queryId).isEqualTo(4)
        assertThat(report.position).isEqualTo(at(3))
        assertThat(report.partsList.map { it.keyCount }).containsExactly(1, 0)
        val snapshot = plan(Plan.PLAN_SNAPSHOT, at(3), at(3))
        assertThat(lane(live().replica, snapshot.copy { compares = true }).give(query).digests).isNotNull()
        assertThatThrownBy { lane(live().replica, snapshot).frame(query) }.isInstanceOf(DoesNotFollow::class.java)
    }

    @Test
    fun `reports and asks lead to duties, and what cannot be printed is refused`() {
        val lane = live()
        val step = lane.give(
            delivery(
                3,
                at(7),
                event(4, "polyglot.Report", "r \"1\""),
                event(5, "polyglot.Ask", NAME),
                event(6, "polyglot.Ask", "another"),
                event(7, "polyglot.Report", "\u0007"),
            ),
        )
        val report = step.duties.first() as Duty.Report
        assertThat(report.line.get("report").asString).isEqualTo("r \"1\"")
        assertThat(report.line.get("events").asInt).isEqualTo(3)
        assertThat(report.line.get("table").asString)
            .isEqualTo("226071355c810991e53b062e9e3db9747ddbfc162c91a2ceb7ed65379188eb0c")
        assertThat(step.duties.drop(1)).containsExactly(Duty.Answer(5))
        assertThat(step.refused.map { it.operation.opId }).containsExactly(7)
        assertThat(lane.replica.work.events).describedAs("what is refused has no effect").isEqualTo(5)
        assertThat(lane.sums[0].eventCount).describedAs("and counts as received").isEqualTo(6)
    }
}
