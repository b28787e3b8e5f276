package dev.swarmlog.generate.constants;

/** Writes the contract's constants in one language. Keeps no state. */
public interface ConstantsWriter {

  /** Where the text belongs, relative to the folder that is generated into, with slashes. */
  String path();

  /** The whole file, which ends with a line break. The same constants give the same text. */
  String write(ContractConstants constants);
}
