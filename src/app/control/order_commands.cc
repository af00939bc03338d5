#include "app/control/order_commands.h"

#include <fmt/format.h>
#include <sysexits.h>

#include "base/fail.h"
#include "base/time_text.h"

namespace palabre::app {
namespace {

constexpr const char* kSomebody =
    "A guest: [IP:PORT] as palabre who shows it, or a nickname with or without its star; or a "
    "member "
    "by nickname";

}  // namespace

OrderCommands::OrderCommands(CLI::App& palabre, const Add& add) {
  add_people(palabre, add);
  add_rooms(palabre, add);
  add_appointments(palabre, add);
  add_approval(palabre, add);
  add_decisions(palabre, add);
}

CLI::App* OrderCommands::add(CLI::App& parent, const Add& add, const char* name, const char* order,
                             const char* about) {
  CLI::App* const command = add(parent, name, about);
  command->parse_complete_callback([this, order] { order_ = order; });
  return command;
}

void OrderCommands::add_whom(CLI::App* command, const char* about) {
  command->add_option("TARGET", whom_, about)->type_name("")->required();
}

void OrderCommands::add_number(CLI::App* command, const char* name, const char* about) {
  command->add_option(name, number_, about)->type_name("")->required();
}

void OrderCommands::add_room(CLI::App* command, bool is_required) {
  auto* const option = command->add_option("ROOM", room_, "The room")->type_name("");
  if (is_required) option->required();
}

void OrderCommands::add_here(CLI::App* command) {
  command->add_option("--room", room_, "Only in this room (default: everywhere)")
      ->type_name("ROOM");
}

void OrderCommands::add_time(CLI::App* command, const char* usual) {
  command
      ->add_option(
          "--for", time_,
          fmt::format("How long: 30s, 10m, 2h, 1d, at most 365d, or good (default: {})", usual))
      ->type_name("TIME");
}

void OrderCommands::add_why(CLI::App* command) {
  command->add_option("--why", why_, "The reason, for those whom it concerns, and for the record")
      ->type_name("TEXT");
}

void OrderCommands::add_people(CLI::App& palabre, const Add& make) {
  CLI::App* kick = add(palabre, make, "kick", "kick",
                       "Disconnect a guest, or a member on all devices; they may come back");
  add_whom(kick, kSomebody);
  add_here(kick);
  add_why(kick);
  kick->footer("Example:\n  palabre kick awa");

  CLI::App* mute =
      add(palabre, make, "mute", "mute", "Let a guest, or a member, read but not write");
  add_whom(mute, kSomebody);
  add_here(mute);
  add_time(mute, "10m");
  add_why(mute);
  mute->footer(
      "It holds for the guest's address and port, or for the member on all devices, also after a "
      "restart.\nExample:\n  palabre mute '[192.168.52.7:40000]' --for 1h");
  CLI::App* unmute =
      add(palabre, make, "unmute", "unmute", "Let a muted guest or member write again");
  add_whom(unmute, kSomebody);
  add_here(unmute);
  unmute->footer("Example:\n  palabre unmute awa");

  CLI::App* ban = add(palabre, make, "ban", "ban",
                      "Keep a member or an address out, and disconnect who is online from it");
  add_whom(ban,
           "A member by nickname; or an IP address or network, or a guest: its address is banned, "
           "with everybody behind it. Of an IPv6 address, the /64");
  add_here(ban);
  add_time(ban, "10m");
  add_why(ban);
  ban->footer("Example: for two hours\n  palabre ban 192.168.52.7 --for 2h");

  CLI::App* unban =
      add(palabre, make, "unban", "unban", "Let a banned member, address or network in again");
  add_whom(unban, "As palabre decisions lists it");
  add_here(unban);
  unban->footer("Example:\n  palabre unban 192.168.52.7");
}

void OrderCommands::add_rooms(CLI::App& palabre, const Add& make) {
  CLI::App* freeze = add(palabre, make, "freeze", "freeze", "Make a room read-only");
  add_room(freeze, true);
  freeze->add_flag("--off", off_, "Make the room writable again");
  add_time(freeze, "good");
  add_why(freeze);
  freeze->footer(
      "It holds until --off, also where nobody is in the room, and after a restart.\n"
      "Example: quiet in the lobby, then no more\n  palabre freeze lobby\n"
      "  palabre freeze lobby --off");

  CLI::App* slow = add(palabre, make, "slow", "slow",
                       "One message each so many seconds for everybody but operators");
  add_room(slow, true);
  add_number(slow, "SECONDS", "The seconds between two messages; 0: no such rule");
  add_time(slow, "good");
  add_why(slow);
  slow->footer("Example:\n  palabre slow lobby 10 --for 1h");

  CLI::App* remove = add(palabre, make, "delete", "delete", "Remove a message");
  add_room(remove, true);
  add_number(remove, "NUMBER", "The number of the message, as palabre log shows it");
  add_why(remove);
  remove->footer("Its number stays; its text is gone for good.\nExample:\n  palabre delete ops 12");

  CLI::App* expel = add(palabre, make, "expel", "expel",
                        "Put a member out of a room by invitation, until invited again");
  add_whom(expel, "The member's nickname");
  expel->add_option("--room", room_, "The room")->type_name("ROOM")->required();
  add_why(expel);
  expel->footer("Example:\n  palabre expel awa --room ops");
}

void OrderCommands::add_appointments(CLI::App& palabre, const Add& make) {
  CLI::App* const operators = palabre.add_subcommand("operator", "Say who is an operator");
  operators->require_subcommand(1);
  operators->footer(
      "An operator decides in the chat: /kick, /mute, /ban, /freeze, /slow, /delete and more.\n"
      "Example:\n  palabre operator add awa");
  CLI::App* appoint = add(*operators, make, "add", "operator",
                          "Make a member an operator, of the server or a room");
  add_whom(appoint, "The member's nickname");
  add_here(appoint);
  add_time(appoint, "good");
  add_why(appoint);
  CLI::App* dismiss = add(*operators, make, "remove", "dismiss", "End an appointment");
  add_whom(dismiss, "The member's nickname");
  add_here(dismiss);
  add_here(add(*operators, make, "list", "operators", "List the operators"));

  CLI::App* const bots = palabre.add_subcommand("bot", "Say which members are programs");
  bots->require_subcommand(1);
  bots->footer("Example:\n  palabre bot add build");
  add_whom(add(*bots, make, "add", "bot", "Mark a member as a program, with a pace of its own"),
           "The member's nickname");
  add_whom(add(*bots, make, "remove", "unbot", "End the mark of a program"),
           "The member's nickname");
}

void OrderCommands::add_approval(CLI::App& palabre, const Add& make) {
  CLI::App* const approve = add(palabre, make, "approve", "approve",
                                "Let a key become a member, whatever registration says");
  add_whom(approve, "The key as its owner was told it: key:...");
  add_why(approve);
  approve->footer(
      "palabre undo takes it back, while the key is no member.\nExample:\n"
      "  palabre approve key:cK9tP0e3cVfB1m2yq6nYw0mYh5s1m0k1Qw8uJ4dX7rE");
}

void OrderCommands::add_decisions(CLI::App& palabre, const Add& make) {
  CLI::App* decisions = add(palabre, make, "decisions", "decisions",
                            "List the decisions of operators: who, whom, why, until when");
  decisions->footer("Example:\n  palabre decisions");
  CLI::App* undo =
      add(palabre, make, "undo", "undo", "Take a decision back, or all that somebody has done");
  auto* const number = undo->add_option("NUMBER", number_,
                                        "The number of the decision, as palabre decisions lists it")
                           ->type_name("");
  auto* const by = undo->add_option("--by", by_,
                                    "In place of NUMBER: all that was done by a member (nickname, "
                                    "or key:KEY), a guest, an address, a public network");
  by->type_name("WHO")->excludes(number);
  undo->add_option("--since", since_, "Only since then: 30s, 10m, 2h or 1d ago (default: all)")
      ->type_name("TIME")
      ->needs(by);
  add_why(undo);
  undo->footer(
      "With --by: messages are removed, decisions end, topics are cleared, founded rooms lose "
      "their "
      "founder; members who registered since then are forgotten. Rooms for two stay, without the "
      "messages.\nExamples:\n  palabre undo 17\n  palabre undo --by awa --since 1h\n"
      "  palabre undo --by 203.0.113.0/24 --since 2h --why flood");

  CLI::App* forget = add(palabre, make, "forget", "forget",
                         "End a member's registration, or remove all messages of a room");
  forget->add_option("TARGET", by_, "A member: the nickname, or key:KEY; or a room: /ROOM")
      ->type_name("MEMBER|/ROOM")
      ->required();
  add_why(forget);
  forget->footer(
      "Of a member the nickname and the place are free again, the appointments end; messages stay "
      "(palabre undo --by removes them), as do bans. Of a room, messages, topic, rules, operators "
      "and founder go.\nExamples:\n  palabre forget awa\n  palabre forget /ops");
}

Result<server::ControlRequest> OrderCommands::request() const {
  if (!time_.empty() && time_ != "good" && !parse_time(time_)) {
    return fail(EX_USAGE,
                "--for {} is no time; write 30s, 10m, 2h or 1d, from 1s to 365d, or good.", time_);
  }
  if (order_ == "undo" && !number_ && by_.empty()) {
    return fail(EX_USAGE, "Give the number of a decision, or --by and whose deeds to take back.");
  }
  if (!since_.empty() && !parse_time(since_)) {
    return fail(EX_USAGE, "--since {} is no time; write 30s, 10m, 2h or 1d, from 1s to 365d.",
                since_);
  }
  std::string order = order_;
  std::string room = room_;
  std::string whom = whom_;
  if (order == "undo" && !by_.empty()) order = "undo-by";
  if (order == "forget" && by_.starts_with('/')) {
    order = "forget-room";
    room = by_;
  } else if (!by_.empty()) {
    whom = by_;
  }
  // A line break is refused with the whole request.
  const bool is_one_line = whom.find('\n') == std::string::npos;
  if (is_one_line && whom.find_first_of(" \t") != std::string::npos) {
    return fail(EX_NOUSER, "There is no guest or member {} here. palabre who lists them.", whom);
  }
  std::string line = order;
  if (!whom.empty()) line += " " + whom;
  if (number_) line += fmt::format(" {}", *number_);
  if (off_) line += " --off";
  if (!time_.empty()) line += " --for " + time_;
  if (!since_.empty()) line += " --since " + since_;
  if (!why_.empty()) line += " --why " + why_;
  return server::ControlRequest{.what = server::ControlRequest::What::kOrder,
                                .target = std::move(room),
                                .line = std::move(line)};
}

}  // namespace palabre::app
