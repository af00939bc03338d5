#include "app/tools/log_commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <variant>
#include <vector>

#include "app/data_folder.h"
#include "app/dated_lines.h"
#include "app/moment.h"
#include "base/clock.h"
#include "base/fail.h"
#include "chat/event.h"
#include "chat/registry.h"
#include "store/log_file.h"
#include "wire/json.h"
#include "wire/names.h"
#include "wire/record.h"
#include "wire/text.h"

namespace palabre::app {
namespace {

using store::LogFile;

/// Rooms listed in the error about an unknown room.
constexpr std::size_t kMostNamed = 20;
constexpr auto kFollowPause = std::chrono::milliseconds(200);

std::string as_json(const chat::RoomName& room, const LogFile::Dated& dated) {
  return wire::encode_json(room, dated.number, *dated.message, {dated.kept_at});
}

std::string as_json(const chat::RoomName& room, const chat::Missing& missing) {
  return wire::encode_json(room, missing, wire::in_words(chat::Gap{missing}));
}

std::string as_text(DatedLines& lines, const LogFile::Dated& dated) {
  return lines.show(dated.number, *dated.message, {dated.kept_at});
}

std::string as_text(DatedLines& /*lines*/, const chat::Missing& missing) {
  return wire::encode_notice(chat::Gap{missing});
}

/// A line with the facts about a room that people read, by the registry's log; empty: none.
Result<std::string> facts_line(LogFile& file, const chat::RoomName& name) {
  TRY(const auto registry, file.find({std::string(chat::kRegistryRoom)}));
  chat::Registry state;
  for (chat::Number after; registry && after < registry->last;) {
    const LogFile::Part part = file.read(*registry, after);
    for (const auto& entry : part.entries) {
      const auto* const line = std::get_if<LogFile::Dated>(&entry);
      const auto record = line == nullptr ? std::nullopt : wire::parse_record(line->message->text);
      if (record) state.apply(*record, line->number, {line->kept_at});
    }
    after = part.up_to;
  }
  state.expire(wall_clock_now());
  const std::string words = wire::in_words(state.facts_of(name));
  if (words.empty()) return words;
  return fmt::format("{}{}. {}\n", wire::kNoticeMark, name.text, words);
}

Error no_such_room(LogFile& file, const std::string& room) {
  std::vector<std::string> names;
  if (const auto rooms = file.rooms()) {
    for (const auto& one : *rooms) names.push_back(one.name.text);
  }
  if (names.empty()) return {EX_NOUSER, "Nothing has been said in any room yet."};
  const std::size_t shown = std::min(names.size(), kMostNamed);
  const std::size_t others = names.size() - shown;
  return {EX_NOUSER,
          fmt::format(
              "There is no room {}; there are {}{}.", room,
              fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
              others == 0 ? "" : fmt::format(" and {} more", others))};
}

}  // namespace

LogCommands::LogCommands(CLI::App& palabre) {
  CLI::App* log = add(palabre, What::kLog, "log", "Show the stored messages of a room");
  log->add_option("ROOM", room_, "The room")->type_name("")->required();
  log->add_option("--from", from_, "From this number on")->type_name("NUMBER");
  log->add_option("--since", since_, "From this moment on: 2h (ago), 2026-11-23, 2026-11-23T10:30")
      ->type_name("TIME");
  log->add_flag("--follow", follow_, "Print new messages as they come");
  log->add_flag("--json", json_, "One line of JSON per message");
  log->footer("Example: the last hour, and then live\n  palabre log lobby --since 1h --follow");

  CLI::App* backup = add(palabre, What::kBackup, "backup", "Copy all rooms into a file");
  backup->add_option("FILE", to_, "The copy; the file must not exist yet")
      ->type_name("")
      ->required();
  backup->footer(
      "The server may run meanwhile. To restore: stop the server, replace palabre.db by the copy, "
      "remove palabre.db-wal and palabre.db-shm beside it, start the server.\n"
      "Example:\n  palabre backup /var/backups/palabre-monday.db");

  CLI::App* check = add(palabre, What::kCheck, "check", "Check the stored data for damage");
  check->footer("Example:\n  palabre check");
}

CLI::App* LogCommands::add(CLI::App& palabre, What what, const char* name, const char* about) {
  CLI::App* command = palabre.add_subcommand(name, about);
  command->add_option("--data", data_, "The folder of the server's data (default: the usual one)")
      ->type_name("FOLDER");
  command->callback([this, what] { what_ = what; });
  return command;
}

Result<void> LogCommands::run(Output& output) const {
  switch (*what_) {
    case What::kLog:
      return log(output);
    case What::kBackup:
      return backup(output);
    case What::kCheck:
      return check(output);
  }
  return {};
}

Result<void> LogCommands::log(Output& output) const {
  // The operator may read the registry's log too.
  const auto room_name = room_ == chat::kRegistryRoom ? std::optional(chat::RoomName{room_})
                                                      : wire::parse_room_name(room_);
  if (!room_name) {
    return fail(EX_USAGE, "{} can be no room's name.", room_);
  }
  TRY(const auto path, store_path(data_));
  TRY(auto file, LogFile::open(path));
  TRY(auto room, file.find(*room_name));
  if (!room) return fail(no_such_room(file, room_name->text));

  TRY(const auto beginning, find_beginning(file, *room));
  chat::Number after = beginning;
  DatedLines lines;
  if (!json_) {
    const auto facts = facts_line(file, *room_name);
    if (facts) {
      output.print(*facts);
    } else {  // the room itself may be sound
      fmt::print(stderr, "palabre: The topic of {} cannot be read: {}\n", room_name->text,
                 facts.error().sentence);
    }
  }
  for (;;) {
    while (after < room->last) {
      const LogFile::Part part = file.read(*room, after);
      for (const auto& entry : part.entries) {
        const std::string line = std::visit(
            [&](const auto& one) { return json_ ? as_json(*room_name, one) : as_text(lines, one); },
            entry);
        if (!output.print(line)) return {};
      }
      after = part.up_to;
    }
    if (!output.flush() || !follow_) return {};
    if (output.wait_for_end(kFollowPause)) return {};
    if (!file.is_in_place()) {
      return fail(EX_UNAVAILABLE,
                  "{} was removed or replaced, so no more messages come from it; "
                  "run the command again.",
                  path.string());
    }
    TRY(room, file.find(*room_name));
    if (!room) return {};
  }
}

Result<chat::Number> LogCommands::find_beginning(LogFile& file, const LogFile::Room& room) const {
  chat::Number after{room.first.value - 1};
  if (from_) {
    const auto from = wire::parse_message_number(*from_);
    if (!from) {
      return fail(EX_USAGE, "--from {} is no message's number; write 1 or more.", *from_);
    }
    after = {from->value - 1};
    if (after >= room.last) {
      fmt::print(stderr, "palabre: There is nothing from #{} on in {}; the last is #{}.\n",
                 from->value, room.name.text, room.last.value);
    }
  }
  if (!since_.empty()) {
    const auto moment = parse_moment(since_, wall_clock_now().microseconds);
    if (!moment) {
      return fail(EX_USAGE,
                  "--since {} is no time; write 2h, "
                  "2026-11-23 or 2026-11-23T10:30.",
                  since_);
    }
    TRY(const auto before, file.before(room, *moment));
    after = std::max(after, before);
  }
  return after;
}

Result<void> LogCommands::backup(Output& output) const {
  TRY(const auto path, store_path(data_));
  TRY(auto file, LogFile::open(path));
  TRY(file.backup(to_));
  output.print(fmt::format("{} is copied to {}.\n", path.string(), to_.string()));
  return {};
}

Result<void> LogCommands::check(Output& output) const {
  TRY(const auto path, store_path(data_));
  TRY(auto file, LogFile::open(path));
  const store::CheckReport report = file.check();
  for (const std::string& finding : report.findings) output.print(finding + "\n");
  output.print(fmt::format("{}: {} messages in {} rooms, {} ids.\n", path.string(), report.messages,
                           report.rooms, report.ids));
  if (report.findings.empty()) {
    output.print("All of it is sound.\n");
    return {};
  }
  return fail(EX_DATAERR,
              "{} is damaged, as said above; what is sound is still served. "
              "Restore a backup, or go on without what is damaged.",
              path.string());
}

}  // namespace palabre::app
