#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "server/doors/operators/request.h"

namespace palabre::app {

/// The commands that are orders (wire/orders.h): kick, mute, ban, freeze, slow, delete, expel,
/// operator, bot, decisions, undo, forget and their opposites.
class OrderCommands {
 public:
  /// Adds a subcommand to `parent`; sets `given` once it is parsed. Requires that this object
  /// exists until then.
  using Add = std::function<CLI::App*(CLI::App& parent, const char* name, const char* about)>;
  OrderCommands(CLI::App& palabre, const Add& add);
  OrderCommands(const OrderCommands&) = delete;
  OrderCommands& operator=(const OrderCommands&) = delete;

  /// The request of the command that was given.
  Result<server::ControlRequest> request() const;

 private:
  CLI::App* add(CLI::App& parent, const Add& add, const char* name, const char* order,
                const char* about);
  void add_whom(CLI::App* command, const char* about);
  void add_number(CLI::App* command, const char* name, const char* about);
  void add_room(CLI::App* command, bool is_required);
  void add_here(CLI::App* command);
  void add_time(CLI::App* command, const char* usual);
  void add_why(CLI::App* command);
  void add_people(CLI::App& palabre, const Add& add);
  void add_rooms(CLI::App& palabre, const Add& add);
  void add_appointments(CLI::App& palabre, const Add& add);
  void add_approval(CLI::App& palabre, const Add& add);
  void add_decisions(CLI::App& palabre, const Add& add);

  std::string order_;  ///< the verb of the command that was given
  std::string whom_;
  std::string by_;
  std::string since_;
  std::optional<std::uint64_t> number_;
  std::string room_;
  std::string time_;
  std::string why_;
  bool off_ = false;
};

}  // namespace palabre::app
