package dev.swarmlog.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FileDescriptor;
import dev.swarmlog.server.Principal;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.AdministrationProto;
import dev.swarmlog.v1.DriftProto;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ObservationProto;
import dev.swarmlog.v1.ParkingProto;
import dev.swarmlog.v1.PublishingProto;
import dev.swarmlog.v1.SessionProto;
import dev.swarmlog.v1.SyncProto;
import io.grpc.health.v1.HealthProto;
import io.grpc.reflection.v1.ServerReflectionProto;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class GrantTableTest {

  private static final List<FileDescriptor> FILES =
      List.of(
          SessionProto.getDescriptor(),
          PublishingProto.getDescriptor(),
          SyncProto.getDescriptor(),
          ObservationProto.getDescriptor(),
          DriftProto.getDescriptor(),
          ParkingProto.getDescriptor(),
          AdministrationProto.getDescriptor(),
          HealthProto.getDescriptor(),
          ServerReflectionProto.getDescriptor());

  private final GrantTable table = new GrantTable();

  @ParameterizedTest
  @MethodSource("methods")
  void shouldHaveRowForEveryRpc(String method) {
    assertThat(GrantTable.grantFor(method)).as("row for %s", method).isPresent();
  }

  @Test
  void shouldHaveNoRowForAnRpcThatIsGone() {
    assertThat(GrantTable.methods()).containsExactlyInAnyOrderElementsOf(methods().toList());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void shouldLetNobodyUseAnythingButHealth(String method) {
    // when
    Optional<Refusal> refusal = table.refusal(Optional.empty(), method);

    // then
    boolean health = method.startsWith("grpc.health.");
    assertThat(refusal.map(Refusal::reason))
        .isEqualTo(
            health ? Optional.empty() : Optional.of(ErrorReason.ERROR_REASON_UNAUTHENTICATED));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void shouldLetKnownPrincipalUseEveryRow(String method) {
    assertThat(table.refusal(Optional.of(Principal.LOCAL), method)).isEmpty();
    assertThat(table.refusal(Optional.of(new Principal("spiffe://a/b")), method)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void shouldLetTheConsoleOnlyLookOn(String method) {
    // when
    Optional<Refusal> refusal = table.refusal(Optional.of(Principal.CONSOLE), method);

    // then
    boolean looksOn =
        GrantTable.grantFor(method).stream()
            .anyMatch(grant -> grant == Grant.OBSERVE || grant == Grant.ANYONE);
    assertThat(refusal.map(Refusal::reason))
        .isEqualTo(
            looksOn ? Optional.empty() : Optional.of(ErrorReason.ERROR_REASON_PERMISSION_DENIED));
  }

  @Test
  void shouldDenyWhatHasNoRowToEveryone() {
    assertThat(table.refusal(Optional.of(Principal.LOCAL), "swarmlog.v1.NewService/NewCall"))
        .map(Refusal::reason)
        .contains(ErrorReason.ERROR_REASON_PERMISSION_DENIED);
  }

  @Test
  void shouldKnowEveryFileOfTheContractThatHasServices() throws Exception {
    // given
    List<String> listed = FILES.stream().map(FileDescriptor::getFullName).toList();

    // then
    assertThat(contractFilesWithServices()).isNotEmpty().isSubsetOf(listed);
  }

  static Stream<String> methods() {
    return FILES.stream()
        .flatMap(file -> file.getServices().stream())
        .flatMap(service -> service.getMethods().stream())
        .map(method -> method.getService().getFullName() + "/" + method.getName());
  }

  /** Proto files that define a service, found where the contract's classes carry their sources. */
  private static List<String> contractFilesWithServices() throws Exception {
    Path root =
        Path.of(SessionProto.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isDirectory(root)) {
      return filesWithServices(root, root.resolve("swarmlog"));
    }
    try (FileSystem jar = FileSystems.newFileSystem(root)) {
      return filesWithServices(jar.getPath("/"), jar.getPath("/swarmlog"));
    }
  }

  private static List<String> filesWithServices(Path root, Path folder) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".proto")).toList()) {
        if (Files.readAllLines(file).stream().anyMatch(line -> line.startsWith("service "))) {
          found.add(root.relativize(file).toString());
        }
      }
    }
    return found;
  }
}
