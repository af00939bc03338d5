#include "app/member/link_file.h"

#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/fail.h"
#include "base/file.h"
#include "wire/link_uri.h"

namespace palabre::app {

Result<std::string> read_link(int descriptor, std::string_view name) {
  constexpr std::size_t kMostBytes = 4096;
  std::string line;
  for (char next = 0; line.size() < kMostBytes;) {
    const ssize_t count = ::read(descriptor, &next, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return fail(EX_IOERR, "The link cannot be read from {}: {}.", name,
                  std::generic_category().message(errno));
    }
    if (count == 0 || (next == '\n' && !line.empty())) break;
    if (next != '\n') line += next;
  }
  if (line.empty())
    return fail(EX_NOINPUT, "There is no link in {}; write it there, a line.", name);
  return line;
}

Result<std::string> read_link(const std::filesystem::path& file) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.number() < 0) {
    return fail(EX_NOINPUT, "{} cannot be opened: {}.", file.string(),
                std::generic_category().message(errno));
  }
  return read_link(opened.number(), file.string());
}

void wipe_secrets(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::string safe = wire::without_secrets(argument);
    if (safe == argument) continue;
    const auto [differs, ignored] =
        std::mismatch(argument.begin(), argument.end(), safe.begin(), safe.end());
    std::fill(argv[i] + (differs - argument.begin()), argv[i] + argument.size(), '.');
  }
}

}  // namespace palabre::app
