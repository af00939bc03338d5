#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace palabre::wire {

/// Everything that people ask for by a word with a slash before it: `/join ops`.
enum class Verb {
  kHelp,
  kNick,
  kJoin,
  kLeave,
  kTell,
  kWho,
  kMe,
  kHistory,
  kFrom,
  kSearch,
  kIgnore,
  kAway,
  kAck,
  kPost,
  kQuit,
};

/// What follows a verb's name. A word has no blanks.
enum class Argument { kNone, kMaybeWord, kWord, kMaybeText, kText };

/// A verb as one kind of session has it.
struct VerbForm {
  Argument argument = Argument::kNone;
  std::string_view
      usage;  ///< the argument as help shows it: `ROOM`, or `[ROOM]` where it may be missing
  std::string_view help;  ///< one line
};

/// A row of the table of verbs. The parsers of both kinds of session, their help and completion,
/// and the tables of docs/protocol.md and docs/manual.md follow it.
struct VerbRow {
  Verb verb;
  std::string_view name;          ///< with its slash, lower case
  std::optional<VerbForm> plain;  ///< in plain text; nothing: guests do not have it
  std::optional<VerbForm> chat;   ///< in `palabre chat`; nothing: members do not have it
};

/// All of them, in the order of the help. Some names are second names of one verb.
std::span<const VerbRow> verbs();

/// Nothing where no verb has exactly that name.
const VerbRow* find_verb(std::string_view name);

/// Whether nothing is no argument.
bool is_needed(Argument argument);

/// As people type it: `/join ROOM`.
std::string usage_of(const VerbRow& row, const VerbForm& form);

}  // namespace palabre::wire
