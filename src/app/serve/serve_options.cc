#include "app/serve/serve_options.h"

#include <fmt/format.h>

#include <initializer_list>

#include "app/serve/options_file.h"
#include "guard/cloaks.h"
#include "wire/names.h"

namespace palabre::app {
namespace {

/// The option with this word; nothing: none of them.
template <typename Option>
std::optional<Option> find_option(std::string_view word, std::string_view (*word_of)(Option),
                                  std::initializer_list<Option> options) {
  for (const Option option : options) {
    if (word_of(option) == word) return option;
  }
  return std::nullopt;
}

}  // namespace

std::string_view guests_word(guard::Guests guests) {
  switch (guests) {
    case guard::Guests::kLan:
      return "lan";
    case guard::Guests::kAll:
      return "all";
    case guard::Guests::kNone:
      return "none";
  }
  return {};
}

std::optional<guard::Guests> parse_guests(std::string_view word) {
  using enum guard::Guests;
  return find_option(word, guests_word, {kLan, kAll, kNone});
}

std::string_view members_word(guard::Members members) {
  return members == guard::Members::kLan ? "lan" : "all";
}

std::optional<guard::Members> parse_members(std::string_view word) {
  return find_option(word, members_word, {guard::Members::kLan, guard::Members::kAll});
}

std::string_view registration_word(chat::Registration registration) {
  switch (registration) {
    case chat::Registration::kInvited:
      return "invited";
    case chat::Registration::kApproved:
      return "approved";
    case chat::Registration::kClosed:
      return "closed";
    default:
      return "open";
  }
}

std::optional<chat::Registration> parse_registration(std::string_view word) {
  using enum chat::Registration;
  return find_option(word, registration_word, {kOpen, kInvited, kApproved, kClosed});
}

std::string_view names_word(guard::Names names) {
  return names == guard::Names::kAddress ? "address" : "cloak";
}

std::optional<guard::Names> parse_names(std::string_view word) {
  return find_option(word, names_word, {guard::Names::kAddress, guard::Names::kCloak});
}

std::string who_may_enter(const ServeOptions& options) {
  constexpr std::string_view kLan = "from the local networks";
  std::string words;
  switch (options.guard.guests) {
    case guard::Guests::kLan:
      words = fmt::format("guests {}", kLan);
      break;
    case guard::Guests::kAll:
      words = "guests from everywhere, public addresses by a code";
      break;
    case guard::Guests::kNone:
      words = "no guests";
      break;
  }
  if (!options.members.admitted) return words + "; no members";
  const bool is_lan = options.guard.members == guard::Members::kLan;
  return fmt::format("{}; members {}", words, is_lan ? kLan : "from everywhere");
}

ServeOptions default_options(bool in_container) {
  ServeOptions options;
  if (in_container) options.guard.guests = guard::Guests::kAll;
  return options;
}

chat::Keeping keeping_of(const ServeOptions& options) {
  if (options.memory) return {};
  const store::Retention& keep = options.keep;
  return {{true, keep.age, keep.count, keep.bytes}, options.memory_rooms};
}

chat::Access access_of(const ServeOptions& options) {
  const bool has_cloaks = options.names == guard::Names::kCloak;
  return {
      .by_invitation = options.invitation_rooms,
      .registration = options.members.registration,
      .reserved_nicks = wire::reserved_nick_keys(),
      .reserved_prefix = has_cloaks ? wire::nick_key_prefix(guard::Cloaks::kPrefix) : std::string(),
      .look_of = [](const chat::RoomName& name) { return wire::look_of(name); }};
}

Result<ServeOptions> resolve(const ServeFlags& flags, const ServeOptions& defaults) {
  ServeOptions options = defaults;
  if (flags.config) {
    auto from_file = read_options_file(*flags.config, defaults);
    if (!from_file) return from_file;
    options = *from_file;
  }
  if (flags.bind) options.bind = *flags.bind;
  if (flags.port) options.port = *flags.port;
  if (flags.max_guests) options.max_guests = *flags.max_guests;
  if (flags.idle_seconds) options.idle = std::chrono::seconds(*flags.idle_seconds);
  if (flags.user) options.user = *flags.user;
  if (flags.log_level) options.log_level = *flags.log_level;
  if (flags.guests) options.guard.guests = *parse_guests(*flags.guests);
  if (flags.members) options.members.from = parse_members(*flags.members);
  if (flags.data) options.data = *flags.data;
  if (flags.memory) options.memory = true;
  if (flags.control) options.control = *flags.control;
  options.guard.in_all = options.max_guests;
  const bool is_open = options.guard.guests == guard::Guests::kAll;
  options.guard.members =
      options.members.from.value_or(is_open ? guard::Members::kAll : guard::Members::kLan);
  // The addresses of visitors from the Internet are not for everybody to read and to attack.
  options.names = options.names.value_or(is_open ? guard::Names::kCloak : guard::Names::kAddress);
  return options;
}

}  // namespace palabre::app
