package dev.swarmlog.cli;

import dev.swarmlog.generate.Language;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A language, as typed. */
final class LanguageText implements ITypeConverter<Language> {

  @Override
  public Language convert(String text) {
    return Language.of(text)
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "Expected one of %s, but got '%s'. For another language generate proto, and see docs/clients.md."
                        .formatted(
                            Stream.of(Language.values())
                                .map(Language::id)
                                .collect(Collectors.joining(", ")),
                            text)));
  }
}
