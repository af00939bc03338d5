#pragma once

#include <chrono>
#include <string_view>

#include "base/result.h"
#include "client/blocking_output.h"

namespace palabre::app {

/// Buffered standard output. Commands borrow it; its owner calls `finish` once. After the first
/// failure nothing more is written. One thread.
class Output {
 public:
  Output();

  /// Buffers the text. False: a write has failed, perhaps an earlier one; the caller can stop
  /// printing.
  bool print(std::string_view text);
  /// Writes the buffer. False: as of `print`.
  bool flush();
  /// Waits for `time`, or until the reader of the output has closed it, or a signal arrives. Does
  /// not flush. True: the reader has closed it; the caller can stop printing.
  bool wait_for_end(std::chrono::milliseconds time);
  /// Flushes. EX_IOERR if part of the output is lost. A reader that has closed its end (EPIPE) is
  /// not an error.
  Result<void> finish();

 private:
  bool failed();

  client::BlockingOutput stream_;
  int why_ = 0;  // errno of the first failure
};

/// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed, so that no later file or
/// socket gets its number. Standard input is then empty, a write to standard output fails, standard
/// error is discarded. Call it before anything is opened. Exceptions: std::system_error.
void fill_standard_descriptors();

/// Ignores SIGPIPE and SIGXFSZ: a write to a pipe whose reader has closed it, or beyond the file
/// size limit, becomes an error of that write instead of ending the process. Child processes
/// inherit this.
void take_signals_of_writes_as_errors();

}  // namespace palabre::app
