#include "client/known_servers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sysexits.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/fail.h"
#include "client/config_folder.h"
#include "client/private_file.h"
#include "wire/clean.h"

namespace palabre::client {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

/// The next word of `line`, between blanks, tabs or carriage returns.
std::string_view take_word(std::string_view& line) {
  constexpr std::string_view kBlank = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  line.remove_prefix(word.size());
  return word;
}

Error writable_by_others(const std::filesystem::path& file) {
  return {
      EX_NOPERM,
      fmt::format("Others can write {}, and may have changed the pins in it; check its lines, then "
                  "run: chmod 600 {}",
                  file.string(), file.string())};
}

}  // namespace

Result<std::optional<Pin>> KnownServers::expected(const wire::ServerName& server,
                                                  const std::optional<Pin>& of_link) const {
  const PrivateFile file(file_, O_RDONLY);
  if (file.number() < 0) {
    if (errno == ENOENT) return of_link;
    return cannot("{} cannot be read", file_, errno, kAdvice);
  }
  if (file.is_writable_by_others()) return fail(writable_by_others(file_));
  // So that no process is in the middle of writing a line.
  if (::flock(file.number(), LOCK_SH) != 0)
    return cannot("{} cannot be locked", file_, errno, kAdvice);
  TRY(const auto all, file.read());
  TRY(const auto found, read(all, server));
  if (!found.known) return of_link;
  if (of_link && *of_link != found.known->pin) {
    return fail(differs_from_link(server, *of_link, *found.known));
  }
  return found.known->pin;
}

Result<KnownServers::Seen> KnownServers::confirm(const wire::ServerName& server,
                                                 const std::optional<Pin>& of_link,
                                                 const Pin& pin) const {
  if (of_link && *of_link != pin) {
    return fail(EX_NOPERM,
                "The server at {} is not the one that the link is for: its pin is {}, the "
                "link's is {}; ask for a new link, and if its pin is the same, somebody may be "
                "intercepting the connection.",
                to_text(server), to_text(pin), to_text(*of_link));
  }
  // Write nothing for a known server: the folder may be read-only.
  TRY(const auto known, expected(server, std::nullopt));
  if (known && *known == pin) return Seen::kAgain;
  auto remembered = remember(server, pin);
  const int code = remembered ? EX_OK : remembered.error().exit_code;
  const bool is_unwritten = code == EX_CANTCREAT || code == EX_IOERR;
  if (is_unwritten && of_link) return Seen::kNotRemembered;
  return remembered;
}

Result<KnownServers::Seen> KnownServers::remember(const wire::ServerName& server,
                                                  const Pin& pin) const {
  TRY(make_config_folder(file_.parent_path()));
  const PrivateFile file(file_, O_RDWR | O_CREAT);
  if (file.number() < 0) return cannot("{} cannot be opened", file_, errno, kAdvice);
  if (::flock(file.number(), LOCK_EX) != 0)
    return cannot("{} cannot be locked", file_, errno, kAdvice);
  TRY(const auto all, file.read());
  TRY(const auto found, read(all, server));
  if (found.known) {
    if (found.known->pin == pin) return Seen::kAgain;
    return fail(changed(server, pin, *found.known));
  }
  TRY(file.append(fmt::format("{}{} {}\n", found.ends_with_newline ? "" : "\n", to_text(server),
                              to_text(pin))));
  return Seen::kFirst;
}

Result<KnownServers::Read> KnownServers::read(const std::string& all,
                                              const wire::ServerName& server) const {
  Read found{{}, all.empty() || all.ends_with('\n')};
  std::string_view rest = wire::without_byte_order_mark(all);
  for (std::size_t number = 1; !rest.empty(); ++number) {
    std::string_view line = take_line(rest);
    const std::string_view name = take_word(line);
    if (name.empty() || name.starts_with('#')) continue;
    const auto of = wire::parse_server(name, wire::ServerName{}.port);
    const auto pin = parse_pin(take_word(line));
    const std::string_view more = take_word(line);
    // Skipping an unreadable line could skip the one with the pin to check against.
    if (!of || !pin || !(more.empty() || more.starts_with('#'))) {
      return fail(EX_CONFIG,
                  "Line {} of {} is not HOST:PORT PIN; correct it, or remove it "
                  "if you know which server it was for.",
                  number, file_.string());
    }
    if (*of != server) continue;
    if (found.known && found.known->pin != *pin) {
      return fail(EX_CONFIG,
                  "Lines {} and {} of {} name two pins for {}; take away the one that is not the "
                  "server's.",
                  found.known->line, number, file_.string(), to_text(server));
    }
    if (!found.known) found.known = Known{*pin, number};
  }
  return found;
}

Error KnownServers::differs_from_link(const wire::ServerName& server, const Pin& of_link,
                                      const Known& known) const {
  return {EX_NOPERM,
          fmt::format(
              "The link has another pin for {} than the server that you know there: {} in "
              "the link, {} in line {} of {}; ask the server's operator which pin is right, "
              "and take that line away only if it is the link's.",
              to_text(server), to_text(of_link), to_text(known.pin), known.line, file_.string())};
}

Error KnownServers::changed(const wire::ServerName& server, const Pin& pin,
                            const Known& known) const {
  return {
      EX_NOPERM,
      fmt::format("The server at {} is not the one that you know: its pin is {}, and line {} of "
                  "{} says {}; somebody may be intercepting the connection, so ask the server's "
                  "operator, and take that line away only if the server's key was changed.",
                  to_text(server), to_text(pin), known.line, file_.string(), to_text(known.pin))};
}

Result<std::filesystem::path> usual_known_servers_file() {
  if (const auto folder = config_folder()) return *folder / "known_servers";
  return fail(EX_CONFIG,
              "There is no home folder to remember servers in; set HOME or "
              "XDG_CONFIG_HOME.");
}

}  // namespace palabre::client
