#include "client/known_servers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sysexits.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/fail.h"
#include "client/config_folder.h"
#include "client/private_file.h"

namespace palabre::client {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

Result<std::optional<Pin>> KnownServers::expected(const wire::ServerName& server,
                                                  const std::optional<Pin>& of_link) const {
  const PrivateFile file(file_, O_RDONLY);
  if (file.number() < 0) {
    if (errno == ENOENT) return of_link;
    return cannot("{} cannot be read", file_, errno, kAdvice);
  }
  // Nobody is halfway through a line.
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
                "link's is {}; ask whoever gave you the link for a new one, and if it is the "
                "same, somebody may stand between you and the server.",
                to_text(server), to_text(pin), to_text(*of_link));
  }
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
  const std::string name = to_text(server);
  Read found{{}, all.empty() || all.ends_with('\n')};
  std::string_view rest = all;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = take_line(rest);
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t blank = line.find(' ');
    const auto pin =
        blank == std::string_view::npos ? std::nullopt : parse_pin(line.substr(blank + 1));
    // Passed over, it could be the very one that would have been refused.
    if (!pin) {
      return fail(EX_CONFIG,
                  "Line {} of {} is not HOST:PORT PIN; correct it, or take it "
                  "away if you know whose it was.",
                  number, file_.string());
    }
    if (!found.known && line.substr(0, blank) == name) found.known = Known{*pin, number};
  }
  return found;
}

Error KnownServers::differs_from_link(const wire::ServerName& server, const Pin& of_link,
                                      const Known& known) const {
  return {EX_NOPERM,
          fmt::format("The link has another pin for {} than the server that you know there: {} in "
                      "the link, {} in line {} of {}; ask whoever runs the server which one it is, "
                      "and take that line away only if it is the link's.",
                      to_text(server), to_text(of_link), to_text(known.pin), known.line,
                      file_.string())};
}

Error KnownServers::changed(const wire::ServerName& server, const Pin& pin,
                            const Known& known) const {
  return {
      EX_NOPERM,
      fmt::format("The server at {} is not the one that you know: its pin is {}, and line {} of "
                  "{} says {}; somebody may stand between you and the server, so ask whoever "
                  "runs it, and take that line away only if its key was changed.",
                  to_text(server), to_text(pin), known.line, file_.string(), to_text(known.pin))};
}

Result<std::filesystem::path> usual_known_servers_file() {
  if (const auto folder = config_folder()) return *folder / "known_servers";
  return fail(EX_CONFIG,
              "There is no home to remember servers in; let HOME or "
              "XDG_CONFIG_HOME name it.");
}

}  // namespace palabre::client
