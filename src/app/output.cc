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
  // Errors and a hang-up are always waited for.
  pollfd reader{STDOUT_FILENO, 0, 0};
  return ::poll(&reader, 1, static_cast<int>(time.count())) > 0;
}

Result<void> Output::finish() {
  flush();
  // Some file systems find out at the end only; a copy's end is as good.
  const int copy = ::dup(STDOUT_FILENO);
  if (why_ == 0 && copy >= 0 && ::close(copy) != 0) failed();
  if (why_ == 0 || why_ == EPIPE) return {};
  return fail(
      EX_IOERR,
      "Standard output cannot be written ({}): a part of what was asked for is missing there.",
      std::generic_category().message(why_));
}

void fill_standard_descriptors() {
  // To read from standard output, or the other way round, is refused: what is printed there is not
  // taken for written.
  constexpr std::array kFlags{O_RDONLY, O_RDONLY, O_WRONLY};
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest number that is free is this one.
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
