#include "app/serve/serve_options.h"

#include "app/serve/options_file.h"
#include "wire/names.h"

namespace palabre::app {

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
  for (const auto guests : {guard::Guests::kLan, guard::Guests::kAll, guard::Guests::kNone}) {
    if (guests_word(guests) == word) return guests;
  }
  return std::nullopt;
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
  return {.by_invitation = options.invitation_rooms,
          .reserved_nicks = wire::reserved_nick_keys(),
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
  if (flags.log_level) options.log_level = *flags.log_level;
  if (flags.guests) options.guard.guests = *parse_guests(*flags.guests);
  if (flags.data) options.data = *flags.data;
  if (flags.memory) options.memory = true;
  if (flags.control) options.control = *flags.control;
  options.guard.in_all = options.max_guests;
  return options;
}

}  // namespace palabre::app
