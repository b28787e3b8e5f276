package dev.swarmlog.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ProcessTerminatorTest {

  private record Termination(int exitCode, String message) {}

  private final List<Termination> terminations = new ArrayList<>();
  private final ProcessTerminator terminator =
      (exitCode, message, cause) -> terminations.add(new Termination(exitCode, message));

  @Test
  void shouldSendToTheDeviceWhatTheDeviceRefused() {
    terminator.storageFailed(new StorageException(StorageException.Kind.IO, "Expected a flush."));

    assertThat(terminations)
        .singleElement()
        .satisfies(
            end -> {
              assertThat(end.exitCode()).isEqualTo(17);
              assertThat(end.message()).startsWith("Expected a flush.").contains("Mend the device");
            });
  }

  @Test
  void shouldSendToVerifyAndRepairWhatIsDamaged() {
    terminator.storageFailed(
        new StorageException(StorageException.Kind.DAMAGED, "Expected undamaged data."));

    assertThat(terminations)
        .singleElement()
        .satisfies(
            end -> {
              assertThat(end.exitCode()).isEqualTo(13);
              assertThat(end.message())
                  .startsWith("Expected undamaged data.")
                  .contains("swarmlog verify", "swarmlog repair");
            });
  }
}
