#pragma once

#include <chrono>
#include <string_view>

#include "base/result.h"
#include "client/blocking_output.h"

namespace palabre::app {

/// Standard output of a command. `main` finishes the one that commands borrow. After the first
/// failure nothing more is written. One thread.
class Output {
 public:
  Output();

  /// False: it cannot be written, and no more need be printed.
  bool print(std::string_view text);
  bool flush();
  /// Waits for `time`, or until its reader has left. True: it has, and no more need be printed.
  bool wait_for_end(std::chrono::milliseconds time);
  /// At the end of a command: EX_IOERR where a part of what was printed is lost. A reader that has
  /// left (EPIPE) has had enough, which is no error.
  Result<void> finish();

 private:
  bool failed();

  client::BlockingOutput stream_;
  int why_ = 0;  // errno of the first failure
};

/// Gives each of the descriptors 0, 1 and 2 that is closed a place in /dev/null, so that no file or
/// socket of ours gets its number. Nothing comes of such an input; such an output cannot be
/// written. Before anything is opened. Exceptions: std::system_error.
void fill_standard_descriptors();

/// A write to a reader that has left, or beyond the limit of a file's size, is an error of that
/// write, and not the end of the process. Inherited by processes that are started.
void take_signals_of_writes_as_errors();

}  // namespace palabre::app
