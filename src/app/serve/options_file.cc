#include "app/serve/options_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sysexits.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/fail.h"
#include "base/time_text.h"
#include "wire/names.h"

namespace palabre::app {
namespace {

constexpr std::array<std::string_view, 4> kLogLevels{"error", "warn", "info", "debug"};

/// One table of the file, read key by key. The first error in any table is the one reported.
class Table {
 public:
  Table(const std::filesystem::path& path, const toml::table& table, std::optional<Error>& error)
      : path_(path), table_(table), error_(error) {}

  bool has(std::string_view key) const { return table_.contains(key); }

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

  template <typename T>
  void take_whole_number(std::string_view key, std::int64_t least, std::int64_t most, T& option) {
    auto number = static_cast<std::int64_t>(option);
    take(key, "a whole number", number);
    if (number < least || number > most) {
      fail(key, fmt::format("must be from {} to {}", least, most));
    } else {
      option = static_cast<T>(number);
    }
  }

  void take_networks(std::string_view key, std::vector<guard::Network>& option) {
    known_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    constexpr std::string_view kWanted = "must be a list of networks, such as [\"10.0.0.0/8\"]";
    if (!node->is_array()) return fail(key, kWanted);
    for (const toml::node& entry : *node->as_array()) {
      const auto text = entry.value_exact<std::string>();
      const auto network = text ? guard::Network::parse(*text) : std::nullopt;
      if (!network) return fail(key, kWanted);
      option.push_back(*network);
    }
  }

  void take_rooms(std::string_view key, std::set<chat::RoomName>& option) {
    known_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    constexpr std::string_view kWanted = R"(must be a list of rooms, such as ["lobby"])";
    if (!node->is_array()) return fail(key, kWanted);
    for (const toml::node& entry : *node->as_array()) {
      const auto text = entry.value_exact<std::string>();
      const auto room = text ? wire::parse_room_name(*text) : std::nullopt;
      if (!room) return fail(key, kWanted);
      option.insert(*room);
    }
  }

  /// The nested table of this name; null where there is none.
  const toml::table* take_table(std::string_view key) {
    known_.insert(key);
    const toml::node* node = table_.get(key);
    if (node != nullptr && !node->is_table()) fail(key, fmt::format("must be a table: [{}]", key));
    return node == nullptr ? nullptr : node->as_table();
  }

  /// Called after all known keys were taken: any other key is an error.
  void refuse_the_rest() {
    for (const auto& [key, value] : table_) {
      if (!known_.contains(key.str())) {
        fail(key.str(), fmt::format("is no option; there are {}", fmt::join(known_, ", ")));
      }
    }
  }

  void fail(std::string_view key, std::string_view what) {
    if (error_) return;
    const toml::node* node = table_.get(key);
    const auto line = node == nullptr ? 0 : node->source().begin.line;
    error_ = Error{EX_CONFIG, fmt::format("{}:{}: {} {}.", path_.string(), line, key, what)};
  }

 private:
  const std::filesystem::path& path_;
  const toml::table& table_;
  std::optional<Error>& error_;
  std::set<std::string_view> known_;
};

constexpr std::uint64_t kMebibyte = 1 << 20;

/// A limit in units; 0: none.
template <typename T>
void take_limit(Table& table, std::string_view key, std::int64_t most, std::optional<T>& limit,
                T unit = 1) {
  T number = limit.value_or(0) / unit;
  table.take_whole_number(key, 0, most, number);
  limit = number == 0 ? std::nullopt : std::optional<T>(number * unit);
}

void read_keep(Table& table, store::Retention& keep) {
  std::string age;
  table.take("age", "text", age);
  if (age == "for good") {
    keep.age.reset();
  } else if (!age.empty()) {
    keep.age = parse_time(age);
    if (!keep.age) table.fail("age", R"(must be a time, such as "90d" or "12h", or "for good")");
  }
  take_limit(table, "messages", 1'000'000'000'000, keep.count);
  take_limit(table, "mebibytes", 1'000'000'000, keep.bytes, kMebibyte);
  take_limit(table, "total", 1'000'000'000, keep.total, kMebibyte);
  std::string floor;
  table.take("floor", "text", floor);
  if (floor == "none") {
    keep.floor = {};
  } else if (!floor.empty()) {
    const auto time = parse_time(floor);
    if (!time) table.fail("floor", R"(must be a time, such as "7d" or "12h", or "none")");
    keep.floor = time.value_or(keep.floor);
  }
  table.take_whole_number("free", 0, 50, keep.free_percent);
  table.refuse_the_rest();
}

void read_guard(Table& table, guard::Policy& policy, std::optional<guard::Names>& names) {
  std::string guests(guests_word(policy.guests));
  table.take("guests", "text", guests);
  if (const auto parsed = parse_guests(guests)) {
    policy.guests = *parsed;
  } else {
    table.fail("guests", R"(must be "lan", "all" or "none")");
  }
  std::string names_text(names ? names_word(*names) : "");
  table.take("names", "text", names_text);
  names = parse_names(names_text);
  if (!names_text.empty() && !names) table.fail("names", R"(must be "address" or "cloak")");
  table.take_networks("trusted", policy.trusted);
  table.take_networks("exempt", policy.exempt);
  table.take("exempt-loopback", "true or false", policy.exempt_loopback);
  table.take_whole_number("burst", 1, 1'000'000, policy.burst);
  table.take_whole_number("per-second", 1, 1'000'000, policy.per_second);
  if (table.has("per-second")) policy.public_per_second = policy.per_second;
  table.take_whole_number("per-address", 1, kMostGuests, policy.per_ip);
  table.take_whole_number("per-neighbourhood", 1, kMostGuests, policy.per_neighbourhood);
}

void read_posts(Table& table, guard::PostRates& posts) {
  const auto take_rate = [&](std::string_view burst, std::string_view per_second, Rate& rate) {
    table.take_whole_number(burst, 1, 1'000'000, rate.burst);
    table.take_whole_number(per_second, 1, 1'000'000, rate.per_second);
  };
  take_rate("public-burst", "public-per-second", posts.from_public);
  take_rate("lan-burst", "lan-per-second", posts.from_lan);
  take_rate("bot-burst", "bot-per-second", posts.of_bots);
  table.take_whole_number("address-times", 1, 10'000, posts.address_times);
  table.take_whole_number("network-times", 1, 10'000, posts.network_times);
  table.refuse_the_rest();
}

void read_members(Table& table, ServeOptions::Members& members) {
  table.take("admitted", "true or false", members.admitted);
  std::string from(members.from ? members_word(*members.from) : "");
  table.take("from", "text", from);
  members.from = parse_members(from);
  if (!from.empty() && !members.from) table.fail("from", R"(must be "lan" or "all")");
  std::string registration(registration_word(members.registration));
  table.take("registration", "text", registration);
  if (const auto parsed = parse_registration(registration)) {
    members.registration = *parsed;
  } else {
    table.fail("registration", R"(must be "open", "invited", "approved" or "closed")");
  }
  const auto take_path = [&](std::string_view key, std::filesystem::path& path) {
    std::string text = path.string();
    table.take(key, "the path of a PEM file", text);
    path = text;
  };
  take_path("key", members.key);
  take_path("certificate", members.certificate);
  if (members.key.empty() != members.certificate.empty()) {
    table.fail(members.key.empty() ? "certificate" : "key",
               "needs the other of the two: key and certificate");
  }
  table.take_whole_number("most", 1, 65'536, members.most);
  table.take_whole_number("per-address", 1, 65'536, members.per_address);
  take_limit(table, "per-network", 65'536, members.per_network);
  take_limit(table, "per-site", 65'536, members.per_site);
  table.take_whole_number("handshakes", 1, 1'000'000, members.handshakes);
  table.take_whole_number("burst", 1, 1'000'000, members.burst);
  table.take_whole_number("per-second", 1, 1'000'000, members.per_second);
  table.take_whole_number("unreadable", 0, 1'000'000'000, members.unreadable);
  table.refuse_the_rest();
}

Error unreadable(const std::filesystem::path& path) {
  return {EX_NOINPUT, fmt::format("{} cannot be read; --config takes a TOML file, see "
                                  "packaging/palabre.toml.",
                                  path.string())};
}

Result<ServeOptions> read(const std::filesystem::path& path, const toml::table& root,
                          ServeOptions options) {
  std::optional<Error> error;
  Table table(path, root, error);
  table.take("bind", "text", options.bind);
  if (!Address::parse(options.bind, 0)) {
    table.fail("bind", "must be an IP address in figures");
  }
  table.take_whole_number("port", 0, 65535, options.port);
  table.take_whole_number("max-guests", 1, kMostGuests, options.max_guests);
  auto idle = options.idle.count();
  table.take_whole_number("idle", kLeastIdleSeconds, kMostIdleSeconds, idle);
  options.idle = std::chrono::seconds(idle);
  std::string data = options.data.string();
  table.take("data", "text", data);
  options.data = data;
  table.take("memory", "true or false", options.memory);
  table.take_rooms("memory-rooms", options.memory_rooms);
  table.take_rooms("invitation-rooms", options.invitation_rooms);
  if (options.invitation_rooms.contains({std::string(chat::kLobby)})) {
    table.fail("invitation-rooms",
               "cannot have the lobby, where every guest begins; guests = "
               "\"none\" in [guard] keeps guests out");
  }
  table.take("user", "text", options.user);
  table.take("log-level", "text", options.log_level);
  if (std::find(kLogLevels.begin(), kLogLevels.end(), options.log_level) == kLogLevels.end()) {
    table.fail("log-level", fmt::format("must be one of {}", fmt::join(kLogLevels, ", ")));
  }
  std::string control = options.control.string();
  table.take("control", "text", control);
  options.control = control;
  if (const toml::table* keep = table.take_table("keep")) {
    Table keep_table(path, *keep, error);
    read_keep(keep_table, options.keep);
  }
  if (const toml::table* guard = table.take_table("guard")) {
    Table guard_table(path, *guard, error);
    read_guard(guard_table, options.guard, options.names);
    if (const toml::table* posts = guard_table.take_table("posts")) {
      Table posts_table(path, *posts, error);
      read_posts(posts_table, options.guard.posts);
    }
    guard_table.take_whole_number("budget-times", 0, 1'000'000, options.budget_times);
    guard_table.refuse_the_rest();
  }
  if (const toml::table* members = table.take_table("members")) {
    Table members_table(path, *members, error);
    read_members(members_table, options.members);
  }
  table.refuse_the_rest();
  if (error) return fail(*error);
  return options;
}

}  // namespace

Result<ServeOptions> read_options_file(const std::filesystem::path& path,
                                       const ServeOptions& defaults) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) {
    return fail(unreadable(path));
  }
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return fail(unreadable(path));
  try {
    return read(path, toml::parse(text, path.string()), defaults);
  } catch (const toml::parse_error& error) {
    return fail(EX_CONFIG, "{}:{}: {}.", path.string(), error.source().begin.line,
                error.description());
  }
}

}  // namespace palabre::app
