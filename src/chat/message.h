#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace palabre::chat {

enum class Kind {
  kText,    ///< `author> text`
  kAction,  ///< `* author text`, from /me
};

/// What somebody said, as everybody will see it; never changed afterwards.
struct Message {
  Kind kind = Kind::kText;
  /// How the author is shown: `[192.168.52.2:54524]`, or `nick*` (the star: a guest, unproven).
  std::string author;
  /// UTF-8 that `wire::clean` has made safe to show; inner lines are separated by '\n', no newline
  /// at the end.
  std::string text;
};

/// Shared because many readers are sent the same message, perhaps much later.
using MessagePtr = std::shared_ptr<const Message>;

/// Continuation lines are indented, so that no text can forge a line of somebody else's.
inline constexpr std::size_t kContinuationIndent = 2;

/// Bytes of the message as one plain line: author, mark, text, indentation, newline. It is a rule
/// of the domain, not of an encoding, that every message fits a plain datagram: whoever has only
/// netcat can read what anybody says.
std::size_t line_bytes(const Message& message);

}  // namespace palabre::chat
