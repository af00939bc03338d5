#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "chat/ids.h"

namespace palabre::chat {

enum class Kind {
  kText,    ///< `author> text`
  kAction,  ///< `* author text`, from /me
  /// The message was removed: `author` and `text` are empty. Its number stays.
  kRemoved,
};

/// A message as everybody sees it. Immutable.
struct Message {
  Kind kind = Kind::kText;
  /// The author as shown: `[192.168.52.2:54524]`, or `nick*` (the star marks a guest, whose
  /// identity is unproven), or a member's `nick`.
  std::string author;
  /// UTF-8, made safe to show by `wire::clean`. Lines are separated by '\n'; there is none at the
  /// end.
  std::string text;
  /// The author's, if it is a member whose key is known.
  AuthorId author_id = {};
};

/// Shared: many readers are sent the same message, some much later.
using MessagePtr = std::shared_ptr<const Message>;

/// The tombstone that readers get in the place of a removed message.
inline Message removed_message() { return {Kind::kRemoved, {}, {}}; }

/// Spaces before each continuation line, so that no text can forge another author's line.
inline constexpr std::size_t kContinuationIndent = 2;

/// Bytes of the message as one plain line: author, mark, text, indentation, newline. That every
/// message fits a plain datagram is a rule of the domain, not of an encoding: a netcat user can
/// read every message. Requires a message that was not removed.
std::size_t line_bytes(const Message& message);

}  // namespace palabre::chat
