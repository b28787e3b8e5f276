package dev.swarmlog.reliability.history;

/**
 * What a publisher calls a request, so that a retry gets its first answer.
 *
 * @param of the producer and its epoch, or an idempotency key
 * @param number from 1, contiguous per producer and epoch; 0 for an idempotency key
 */
public record RequestId(String of, long number) {

  /** The request of a producer that numbers them. */
  public static RequestId numbered(String producer, long epoch, long number) {
    return new RequestId(producer + "/" + epoch, number);
  }

  /** A request with an idempotency key. */
  public static RequestId keyed(String idempotencyKey) {
    return new RequestId(idempotencyKey, 0);
  }

  @Override
  public String toString() {
    return number == 0 ? "key " + of : of + "#" + number;
  }
}
