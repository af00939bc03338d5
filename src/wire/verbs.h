#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "chat/command.h"

namespace palabre::wire {

// The verbs: a request as people type it, `/join ops`.

/// The argument of a verb. A word contains no blanks.
enum class Argument { kNone, kMaybeWord, kWord, kMaybeText, kText };

/// A verb as guests or as members have it.
struct VerbForm {
  Argument argument = Argument::kNone;
  std::string_view
      usage;  ///< the argument as help shows it: `ROOM`, or `[ROOM]` if it may be missing
  std::string_view help;  ///< one line
};

/// How `palabre chat` carries out a verb: by the request of the row (`kRequest`), or by itself.
enum class ChatVerb {
  kRequest,
  kHelp,
  kJoin,
  kLeave,
  kTell,
  kWho,
  kMe,
  kHistory,
  kSearch,
  kIgnore,
  kAway,
  kQuit,
};

/// A row of the table of verbs. The parser of plain text, the input of `palabre chat`, the help and
/// completion of both, and the tables of docs/protocol.md and docs/manual.md follow it.
struct VerbRow {
  /// The request by `argument`, which has no blanks around it, and is not empty if the verb needs
  /// one; a mistake is `chat::NotUnderstood`. `usage`: of the form that was used.
  using Parse = chat::Request (*)(std::string_view argument, const std::string& usage);

  std::string_view name;          ///< with its slash, lower case
  std::optional<VerbForm> plain;  ///< in plain text; nothing: guests do not have it
  std::optional<VerbForm> chat;   ///< in `palabre chat`; nothing: members do not have it
  Parse parse = nullptr;          ///< null: only `palabre chat` has it, and carries it out itself
  ChatVerb chat_verb = ChatVerb::kRequest;
  bool is_order = false;  ///< for operators, see orders.h
};

/// All verbs, in the order of the help. Valid as long as the process.
std::span<const VerbRow> verbs();

/// The verb of this name, slash included; case of ASCII does not matter. Null: there is none.
const VerbRow* find_verb(std::string_view name);

/// Whether the argument must not be empty.
bool is_needed(Argument argument);

/// As people type it: `/join ROOM`.
std::string usage_of(const VerbRow& row, const VerbForm& form);

}  // namespace palabre::wire
