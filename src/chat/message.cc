#include "chat/message.h"

#include <algorithm>

namespace palabre::chat {

std::size_t line_bytes(const Message& message) {
  constexpr std::size_t kTextMarks = sizeof("> \n") - 1;     // author> text
  constexpr std::size_t kActionMarks = sizeof("*  \n") - 1;  // * author text
  const auto continuations =
      static_cast<std::size_t>(std::count(message.text.begin(), message.text.end(), '\n'));
  return message.author.size() + message.text.size() + continuations * kContinuationIndent +
         (message.kind == Kind::kText ? kTextMarks : kActionMarks);
}

}  // namespace palabre::chat
