#include "app/serve_options.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <toml++/toml.h>

#include <array>
#include <fstream>
#include <set>
#include <string_view>
#include "net/address.h"

namespace palabre::app {
namespace {

constexpr std::array<std::string_view, 4> kLogLevels{"error", "warn", "info", "debug"};

/// Reads one file of options; the first thing wrong in it ends the reading.
class OptionsFile {
 public:
  OptionsFile(const std::filesystem::path& path, const toml::table& table)
      : path_(path), table_(table) {}

  Result<ServeOptions> read() {
    ServeOptions options;
    std::int64_t port = options.port;
    auto max_guests = static_cast<std::int64_t>(options.max_guests);
    std::int64_t idle = options.idle.count();
    take("bind", "text", options.bind);
    if (!net::Address::parse(options.bind, 0)) {
      fail("bind", "must be an IP address in figures");
    }
    take_whole_number("port", 0, 65535, port);
    take_whole_number("max-guests", 1, kMostGuests, max_guests);
    take_whole_number("idle", kLeastIdleSeconds, kMostIdleSeconds, idle);
    take("memory", "true or false", options.memory);
    take("log-level", "text", options.log_level);
    if (std::find(kLogLevels.begin(), kLogLevels.end(), options.log_level) == kLogLevels.end()) {
      fail("log-level", fmt::format("must be one of {}", fmt::join(kLogLevels, ", ")));
    }
    if (!options.memory) fail("memory", "can only be true yet: rooms on disk are still to come");
    for (const auto& [key, value] : table_) {
      if (!known_.contains(key.str())) {
        fail(key.str(), fmt::format("is no option; there are {}", fmt::join(known_, ", ")));
      }
    }
    if (error_) return Unexpected<Error>(*error_);
    options.port = static_cast<std::uint16_t>(port);
    options.max_guests = static_cast<std::size_t>(max_guests);
    options.idle = std::chrono::seconds(idle);
    return options;
  }

 private:
  template <typename T>
  void take(std::string_view key, std::string_view kind, T& option) {
    known_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    if (const auto value = node->value_exact<T>()) {
      option = *value;
    } else {
      fail(key, fmt::format("must be {}", kind));
    }
  }

  void take_whole_number(std::string_view key, std::int64_t least, std::int64_t most,
                         std::int64_t& option) {
    take(key, "a whole number", option);
    if (option < least || option > most) {
      fail(key, fmt::format("must be from {} to {}", least, most));
    }
  }

  void fail(std::string_view key, std::string_view what) {
    if (error_) return;
    const toml::node* node = table_.get(key);
    const auto line = node == nullptr ? 0 : node->source().begin.line;
    error_ = Error{EX_CONFIG, fmt::format("{}:{}: {} {}.", path_.string(), line, key, what)};
  }

  const std::filesystem::path& path_;
  const toml::table& table_;
  std::set<std::string_view> known_;
  std::optional<Error> error_;
};

Result<ServeOptions> read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) {
    return Unexpected<Error>(
        Error{EX_NOINPUT, fmt::format("{} cannot be read; --config takes a TOML file, see "
                                      "packaging/palabre.toml.",
                                      path.string())});
  }
  try {
    const toml::table table = toml::parse(file, path.string());
    return OptionsFile(path, table).read();
  } catch (const toml::parse_error& error) {
    return Unexpected<Error>(Error{
        EX_CONFIG,
        fmt::format("{}:{}: {}.", path.string(), error.source().begin.line, error.description())});
  }
}

}  // namespace

Result<ServeOptions> resolve(const ServeFlags& flags) {
  ServeOptions options;
  if (flags.config) {
    auto from_file = read_file(*flags.config);
    if (!from_file) return from_file;
    options = *from_file;
  }
  if (flags.bind) options.bind = *flags.bind;
  if (flags.port) options.port = *flags.port;
  if (flags.max_guests) options.max_guests = *flags.max_guests;
  if (flags.idle_seconds) options.idle = std::chrono::seconds(*flags.idle_seconds);
  if (flags.log_level) options.log_level = *flags.log_level;
  return options;
}

}  // namespace palabre::app
