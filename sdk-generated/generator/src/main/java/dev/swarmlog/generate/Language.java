package dev.swarmlog.generate;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What can be generated. */
public enum Language {
  PYTHON("Python", new PythonRecipe()),
  GO("Go", new GoRecipe()),
  TYPESCRIPT("TypeScript", new TypeScriptRecipe()),
  RUST("Rust", new RustRecipe()),
  KOTLIN("Kotlin", new KotlinRecipe()),
  CPP("C++", new CppRecipe()),
  JAVA("Java", new JavaRecipe()),
  /** No language: the files of the contract and what they import. */
  PROTO(".proto files", new ProtoRecipe());

  private final String title;
  private final Recipe recipe;

  Language(String title, Recipe recipe) {
    this.title = title;
    this.recipe = recipe;
  }

  /** The one of this {@link #id}, whatever its case. */
  public static Optional<Language> of(String id) {
    return Stream.of(values()).filter(each -> each.id().equalsIgnoreCase(id)).findFirst();
  }

  /** As typed in a command, such as {@code cpp}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** As people write it, such as C++. */
  public String title() {
    return title;
  }

  /** What it takes to generate it. */
  public List<Tool> tools() {
    return recipe.tools();
  }

  Recipe recipe() {
    return recipe;
  }
}
