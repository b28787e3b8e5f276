package dev.swarmlog.demo.survey;

import dev.swarmlog.demo.v1.SurveyResult;

/**
 * What one pass over a text counts: lines, blank ones, the longest, and the words TODO and FIXME.
 *
 * <p>Works on bytes, so it counts in any encoding that contains ASCII, and in a line as long as the
 * file. Used by one thread.
 */
final class TextCount {
  private static final int LONGEST_WORD = "FIXME".length();

  private final byte[] word = new byte[LONGEST_WORD];
  // Bytes of the word so far; stops at LONGEST_WORD + 1, which no word that counts has.
  private int wordLength;
  private long lineCount;
  private long blankLineCount;
  private long longestLineBytes;
  private long todoCount;
  private long fixmeCount;
  // Of the line so far, a carriage return at its end included.
  private long lineBytes;
  private boolean lineIsBlank = true;
  private byte previous;

  void add(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      byte next = bytes[i];
      if (next == '\n') {
        endWord();
        endLine();
      } else {
        lineBytes++;
        lineIsBlank &= next == ' ' || next == '\t' || next == '\r';
        if (isLetter(next)) {
          if (wordLength < LONGEST_WORD) {
            word[wordLength] = next;
          }
          wordLength = Math.min(wordLength + 1, LONGEST_WORD + 1);
        } else {
          endWord();
        }
      }
      previous = next;
    }
  }

  /** Ends the text; a last line without an end counts as a line. */
  void end(SurveyResult.Builder into) {
    endWord();
    if (lineBytes > 0) {
      endLine();
    }
    into.setLineCount(lineCount)
        .setBlankLineCount(blankLineCount)
        .setLongestLineBytes(longestLineBytes)
        .setTodoCount(todoCount)
        .setFixmeCount(fixmeCount);
  }

  private void endLine() {
    lineCount++;
    if (lineIsBlank) {
      blankLineCount++;
    }
    longestLineBytes = Math.max(longestLineBytes, previous == '\r' ? lineBytes - 1 : lineBytes);
    lineBytes = 0;
    lineIsBlank = true;
  }

  private void endWord() {
    if (is("TODO")) {
      todoCount++;
    } else if (is("FIXME")) {
      fixmeCount++;
    }
    wordLength = 0;
  }

  private boolean is(String wanted) {
    if (wordLength != wanted.length()) {
      return false;
    }
    for (int i = 0; i < wordLength; i++) {
      if (word[i] != wanted.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLetter(byte b) {
    // Above ASCII: part of a letter in UTF-8 and in the Latin encodings.
    return (b >= 'A' && b <= 'Z')
        || (b >= 'a' && b <= 'z')
        || b == '_'
        || (b >= '0' && b <= '9')
        || b < 0;
  }
}
