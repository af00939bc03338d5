#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "app/output.h"
#include "base/result.h"
#include "store/log_file.h"

namespace palabre::app {

/// The commands on the store's file, whether a server uses it or not: log, backup, check.
class LogCommands {
 public:
  /// Registers the subcommands in `palabre`. This object must exist until parsing has ended.
  explicit LogCommands(CLI::App& palabre);
  LogCommands(const LogCommands&) = delete;
  LogCommands& operator=(const LogCommands&) = delete;

  /// Whether one of them was given. Call it after parsing.
  bool given() const { return what_.has_value(); }
  /// Runs the command, with its results on standard output. Requires `given()`.
  Result<void> run(Output& output) const;

 private:
  enum class What { kLog, kBackup, kCheck };

  CLI::App* add(CLI::App& palabre, What what, const char* name, const char* about);
  Result<void> log(Output& output) const;
  Result<void> backup(Output& output) const;
  /// The number before the first message that is asked for. Says on standard error if there are no
  /// messages from there on.
  Result<chat::Number> find_beginning(store::LogFile& file, const store::LogFile::Room& room) const;
  Result<void> check(Output& output) const;

  std::optional<What> what_;
  std::filesystem::path data_;
  std::string room_;
  std::optional<std::string> from_;
  std::string since_;
  bool follow_ = false;
  bool json_ = false;
  std::filesystem::path to_;
};

}  // namespace palabre::app
