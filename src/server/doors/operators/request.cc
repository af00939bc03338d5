#include "server/doors/operators/request.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

#include "base/time_text.h"

namespace palabre::server {
namespace {

using What = ControlRequest::What;

enum class Target { kNone, kPerhaps, kOne };

struct Verb {
  std::string_view word;
  What what;
  Target target;
};

/// Stands for no host, and for no room.
constexpr std::string_view kNothing = "-";

constexpr std::array<Verb, 7> kVerbs{{
    {"who", What::kWho, Target::kPerhaps},
    {"order", What::kOrder, Target::kOne},
    {"invite", What::kInvite, Target::kOne},
    {"revoke", What::kRevoke, Target::kOne},
    {"stats", What::kStats, Target::kNone},
    {"members", What::kMembers, Target::kPerhaps},
    {"rooms", What::kRooms, Target::kPerhaps},
}};

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

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

/// Removes the arguments of an invite from the front. False: they are malformed.
bool take_arguments(std::string_view& line, ControlRequest& request) {
  const auto seconds = take(line, ' ') ? take_number<std::int64_t>(line) : std::nullopt;
  const auto uses = take(line, ' ') ? take_number<std::uint32_t>(line) : std::nullopt;
  if (!seconds || !uses || *uses == 0 || *uses > kMostUses || !take(line, ' ')) return false;
  request.time = std::chrono::seconds(*seconds);
  request.uses = *uses;
  const bool is_possible = request.time >= kLeastTime && request.time <= kMostTime;
  if (*seconds != 0 && !is_possible) return false;
  const std::string_view host = take_word(line);
  if (host != kNothing) request.host = host;
  return !host.empty();
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
  if (verb->what == What::kInvite) {
    line += fmt::format(" {} {} {}", request.time.count(), request.uses,
                        request.host.empty() ? kNothing : request.host);
  }
  const bool is_order = verb->what == What::kOrder;
  if (is_order && request.target.empty()) line += fmt::format(" {}", kNothing);
  if (!request.target.empty()) line += " " + request.target;
  if (is_order) line += " " + request.line;
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
  ControlRequest request{verb->what};
  if (verb->what == What::kInvite && !take_arguments(line, request)) return not_understood();
  if (line.empty()) {
    if (verb->target == Target::kOne) return not_understood();
    return request;
  }
  if (!take(line, ' ') || line.empty() || verb->target == Target::kNone) return not_understood();
  if (verb->what == What::kOrder) {
    const std::string_view room = take_word(line);
    if (room.empty() || !take(line, ' ') || line.empty()) return not_understood();
    if (room != kNothing) request.target = room;
    request.line = line;
    return request;
  }
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

}  // namespace palabre::server
