package dev.swarmlog.generate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A program that generates code, or that another one is run by, in the one version we use. */
public enum Tool {
  /** Compiles the contract. Comes along. */
  PROTOC(
      "protoc",
      Carried.version("protoc"),
      true,
      "protoc",
      List.of("--version"),
      "put the protoc of com.google.protobuf:protoc:%s, from Maven Central, on the PATH"),
  /** Stubs in Java. Comes along. */
  GRPC_JAVA(
      "protoc-gen-grpc-java",
      Carried.version("protoc-gen-grpc-java"),
      true,
      "protoc-gen-grpc-java",
      null,
      "put io.grpc:protoc-gen-grpc-java:%s, from Maven Central, on the PATH"),
  /** Stubs with coroutines, run by the Java that runs us. Comes along. */
  GRPC_KOTLIN(
      "protoc-gen-grpc-kotlin",
      Carried.version("protoc-gen-grpc-kotlin"),
      true,
      "protoc-gen-grpc-kotlin",
      null,
      "use a complete distribution"),
  /** A Python package with a protoc of its own and the stubs' generator. */
  GRPCIO_TOOLS(
      "grpcio-tools",
      "1.85.1",
      false,
      "python3",
      List.of("-c", "import importlib.metadata as m; print(m.version('grpcio-tools'))"),
      "python3 -m pip install grpcio-tools==%s"),
  /** Messages in Go. */
  GO_MESSAGES(
      "protoc-gen-go",
      "1.36.12",
      false,
      "protoc-gen-go",
      List.of("--version"),
      "go install google.golang.org/protobuf/cmd/protoc-gen-go@v%s"),
  /** Stubs in Go. */
  GO_STUBS(
      "protoc-gen-go-grpc",
      "1.6.2",
      false,
      "protoc-gen-go-grpc",
      List.of("--version"),
      "go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v%s"),
  /** Messages and services in TypeScript. */
  ES(
      "protoc-gen-es",
      "2.13.0",
      false,
      "protoc-gen-es",
      List.of("--version"),
      "npm install --global @bufbuild/protoc-gen-es@%s"),
  /** Messages in Rust. */
  PROST(
      "protoc-gen-prost",
      "0.5.0",
      false,
      "protoc-gen-prost",
      List.of("--version"),
      "cargo install --locked protoc-gen-prost@%s"),
  /** Stubs in Rust. */
  TONIC(
      "protoc-gen-tonic",
      "0.5.0",
      false,
      "protoc-gen-tonic",
      List.of("--version"),
      "cargo install --locked protoc-gen-tonic@%s"),
  /** Generated C++ works with the library of its own version only: that of the system. */
  SYSTEM_PROTOC(
      "protoc of the system",
      "3.21.12",
      false,
      "protoc",
      List.of("--version"),
      "sudo apt install protobuf-compiler libprotobuf-dev"),
  /** Stubs in C++. Does not tell its version. */
  CPP_STUBS(
      "grpc_cpp_plugin",
      "1.51.1",
      false,
      "grpc_cpp_plugin",
      null,
      "sudo apt install protobuf-compiler-grpc libgrpc++-dev");

  private final String title;
  private final String pin;
  private final boolean carried;
  private final String executable;
  private final @Nullable List<String> askForVersion;
  private final String install;

  Tool(
      String title,
      String pin,
      boolean carried,
      String executable,
      @Nullable List<String> askForVersion,
      String install) {
    this.title = title;
    this.pin = pin;
    this.carried = carried;
    this.executable = executable;
    this.askForVersion = askForVersion;
    this.install = install.formatted(pin);
  }

  /** What people call it. */
  public String title() {
    return title;
  }

  /** The version that what is committed was generated with. */
  public String pin() {
    return pin;
  }

  /** Whether it comes with this program, for the machine this program was built for. */
  public boolean carried() {
    return carried;
  }

  /** How to get it: a command, or a sentence where there is none. */
  public String install() {
    return install;
  }

  /** The file to look for. */
  String executable() {
    return executable;
  }

  /** What to run it with to hear its version; null if it does not tell. */
  @Nullable List<String> askForVersion() {
    return askForVersion;
  }

  /** Whether what it says of itself is the pinned version. */
  boolean isPinned(String version) {
    return version.equals(pin) || this == PROTOC && version.equals(withoutMajor(pin));
  }

  /** protoc calls itself 36.2 where Maven calls it 4.36.2. */
  private static String withoutMajor(String version) {
    return version.substring(version.indexOf('.') + 1);
  }
}
