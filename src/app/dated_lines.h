#pragma once

#include <optional>
#include <string>

#include "chat/ids.h"
#include "chat/message.h"

namespace palabre::app {

/// Messages as text, each with its local time, for a terminal and for grep. Where the offset from
/// UTC is another than before, a line says so: on one night of the year the clock says an hour
/// twice.
class DatedLines {
 public:
  /// `kept_at` 0: nobody knows when.
  std::string show(chat::Number number, const chat::Message& message, WallTime kept_at);

 private:
  std::optional<long> offset_;  // seconds east of UTC, of the last message that has a time
};

}  // namespace palabre::app
