#include "server/doors/operators/request.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

namespace palabre::server {
namespace {

using What = ControlRequest::What;

enum class Target { kNone, kPerhaps, kOne };

struct Verb {
  std::string_view word;
  What what;
  bool has_time;
  Target target;
};

constexpr std::string_view kNoHost = "-";

constexpr std::array<Verb, 10> kVerbs{{
    {"who", What::kWho, false, Target::kPerhaps},
    {"kick", What::kKick, false, Target::kOne},
    {"mute", What::kMute, true, Target::kOne},
    {"ban", What::kBan, true, Target::kOne},
    {"unban", What::kUnban, false, Target::kOne},
    {"freeze", What::kFreeze, false, Target::kOne},
    {"thaw", What::kThaw, false, Target::kOne},
    {"invite", What::kInvite, true, Target::kOne},
    {"revoke", What::kRevoke, false, Target::kOne},
    {"stats", What::kStats, false, Target::kNone},
}};

struct Unit {
  char letter;
  std::int64_t seconds;
};
constexpr std::array<Unit, 4> kUnits{{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

/// Removes a number from the front. Nothing: there is none, or it is too large.
template <typename T>
std::optional<T> take_number(std::string_view& text) {
  T number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
}

bool take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

bool is_possible(std::chrono::seconds time) { return time >= kLeastTime && time <= kMostTime; }

/// The arguments between the verb and the target of a request.
struct Arguments {
  std::chrono::seconds time{0};
  std::uint32_t uses = 0;
  std::string host;
};

/// Removes the arguments from the front.
std::optional<Arguments> take_arguments(std::string_view& line, const Verb& verb) {
  Arguments arguments;
  if (!verb.has_time) return arguments;
  if (!take(line, ' ')) return std::nullopt;
  const bool is_invite = verb.what == What::kInvite;
  const auto seconds = take_number<std::int64_t>(line);
  if (!seconds) return std::nullopt;
  arguments.time = std::chrono::seconds(*seconds);
  const bool is_for_good = is_invite && *seconds == 0;
  if (!is_for_good && !is_possible(arguments.time)) return std::nullopt;
  if (!is_invite) return arguments;
  const auto uses = take(line, ' ') ? take_number<std::uint32_t>(line) : std::nullopt;
  if (!uses || *uses == 0 || *uses > kMostUses || !take(line, ' ')) return std::nullopt;
  arguments.uses = *uses;
  const std::string_view host = line.substr(0, line.find(' '));
  line.remove_prefix(host.size());
  if (host.empty()) return std::nullopt;
  if (host != kNoHost) arguments.host = host;
  return arguments;
}

Unexpected<Error> not_understood() {
  return fail(Error{
      EX_USAGE,
      "The server did not understand the request; its version may differ from this palabre's."});
}

}  // namespace

Result<std::string> encode(const ControlRequest& request) {
  const auto* const verb = std::find_if(kVerbs.begin(), kVerbs.end(),
                                        [&](const Verb& one) { return one.what == request.what; });
  std::string line(verb->word);
  if (verb->has_time) line += fmt::format(" {}", request.time.count());
  if (verb->what == What::kInvite) {
    line += fmt::format(" {} {}", request.uses, request.host.empty() ? kNoHost : request.host);
  }
  if (!request.target.empty()) line += " " + request.target;
  line += '\n';
  if (line.find('\n') + 1 != line.size() || line.size() > kMostRequestBytes) {
    return fail(
        Error{EX_USAGE,
              "No guest, room or host has so long a name; palabre who lists guests and rooms."});
  }
  return line;
}

Result<ControlRequest> parse_request(std::string_view line) {
  const std::string_view word = line.substr(0, line.find(' '));
  const auto* const verb =
      std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& one) { return one.word == word; });
  if (verb == kVerbs.end()) return not_understood();
  line.remove_prefix(word.size());
  auto arguments = take_arguments(line, *verb);
  if (!arguments) return not_understood();
  ControlRequest request{
      verb->what, arguments->time, {}, arguments->uses, std::move(arguments->host)};
  if (line.empty()) {
    if (verb->target == Target::kOne) return not_understood();
    return request;
  }
  if (!take(line, ' ') || line.empty() || verb->target == Target::kNone) return not_understood();
  request.target = line;
  return request;
}

std::string encode(const ControlAnswer& answer) {
  return fmt::format("{} {}\n{}", answer.exit_code, answer.text.size(), answer.text);
}

std::optional<ControlAnswer> parse_answer(std::string_view bytes) {
  const auto code = take_number<int>(bytes);
  if (!code || !take(bytes, ' ')) return std::nullopt;
  const auto size = take_number<std::size_t>(bytes);
  if (!size || !take(bytes, '\n') || bytes.size() != *size) return std::nullopt;
  return ControlAnswer{*code, std::string(bytes)};
}

std::optional<std::chrono::seconds> parse_time(std::string_view text) {
  const auto number = take_number<std::int32_t>(text);
  if (!number || text.size() != 1) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (unit.letter != text.front()) continue;
    const std::chrono::seconds time(*number * unit.seconds);
    return is_possible(time) ? std::optional(time) : std::nullopt;
  }
  return std::nullopt;
}

std::string show_time(Duration time) {
  auto left = std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(time).count(), 0);
  std::string shown;
  int units = 0;
  for (const Unit& unit : kUnits) {
    const auto many = left / unit.seconds;
    left %= unit.seconds;
    if (many != 0) shown += fmt::format("{}{}{}", shown.empty() ? "" : " ", many, unit.letter);
    if (!shown.empty() && ++units == 2) break;
  }
  return shown.empty() ? "0s" : shown;
}

}  // namespace palabre::server
