#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace palabre::chat {

enum class Kind {
  kText,    ///< `author> text`
  kAction,  ///< `* author text`, from /me
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
};

/// Shared: many readers are sent the same message, some much later.
using MessagePtr = std::shared_ptr<const Message>;

/// Spaces before each continuation line, so that no text can forge another author's line.
inline constexpr std::size_t kContinuationIndent = 2;

/// Bytes of the message as one plain line: author, mark, text, indentation, newline. That every
/// message fits a plain datagram is a rule of the domain, not of an encoding: a netcat user can
/// read every message.
std::size_t line_bytes(const Message& message);

}  // namespace palabre::chat
