#pragma once

#include <optional>
#include <string>

#include "chat/ids.h"
#include "chat/message.h"

namespace palabre::app {

/// Formats messages as text, each with its local time, for a terminal and for grep. When the offset
/// from UTC changes, a line says so: at the end of summer time one hour occurs twice.
class DatedLines {
 public:
  /// `kept_at` 0: the time is unknown.
  std::string show(chat::Number number, const chat::Message& message, WallTime kept_at);

 private:
  std::optional<long> offset_;  // seconds east of UTC, of the last message that has a time
};

}  // namespace palabre::app
