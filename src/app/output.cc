#include "app/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "base/fail.h"

namespace palabre::app {

Output::Output() : stream_(client::open_blocking_output(STDOUT_FILENO)) {}

bool Output::print(std::string_view text) {
  if (why_ != 0) return false;
  return std::fwrite(text.data(), 1, text.size(), stream_.get()) == text.size() || failed();
}

bool Output::flush() {
  if (why_ != 0) return false;
  return std::fflush(stream_.get()) == 0 || failed();
}

bool Output::failed() {
  why_ = errno == 0 ? EIO : errno;
  return false;
}

bool Output::wait_for_end(std::chrono::milliseconds time) {
  // poll always reports errors and hang-ups, whatever events are asked for.
  pollfd reader{STDOUT_FILENO, 0, 0};
  return ::poll(&reader, 1, static_cast<int>(time.count())) > 0;
}

Result<void> Output::finish() {
  flush();
  // Some file systems report a write error only on close; closing a copy of the descriptor is
  // enough.
  const int copy = ::dup(STDOUT_FILENO);
  if (why_ == 0 && copy >= 0 && ::close(copy) != 0) failed();
  if (why_ == 0 || why_ == EPIPE) return {};
  return fail(EX_IOERR, "Standard output cannot be written ({}): a part of the output is missing.",
              std::generic_category().message(why_));
}

void fill_standard_descriptors() {
  // Descriptor 1 is opened for reading, so that a write fails and output is not taken for written.
  constexpr std::array kFlags{O_RDONLY, O_RDONLY, O_WRONLY};
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // open returns the lowest free number, which is this one.
    if (::open("/dev/null", kFlags.at(static_cast<std::size_t>(descriptor))) != descriptor) {
      throw std::system_error(errno, std::generic_category(), "/dev/null cannot be opened.");
    }
  }
}

void take_signals_of_writes_as_errors() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace palabre::app
