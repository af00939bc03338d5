#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "app/output.h"
#include "base/result.h"
#include "link/impairment.h"

namespace palabre::app {

/// `palabre lab`: simulates a bad network.
class LabCommands {
 public:
  /// Registers the subcommand in `palabre`. This object must exist until parsing has ended.
  explicit LabCommands(CLI::App& palabre);
  LabCommands(const LabCommands&) = delete;
  LabCommands& operator=(const LabCommands&) = delete;

  /// Whether the subcommand was given. Call it after parsing.
  bool given() const { return given_; }
  /// Runs until it is interrupted.
  Result<void> run(Output& output) const;

 private:
  std::string to_;
  std::string bind_ = "127.0.0.1";
  std::uint16_t port_ = 0;
  link::BadNetwork network_;
  std::uint32_t delay_milliseconds_ = 0;
  std::uint64_t seed_ = 1;
  bool given_ = false;
};

}  // namespace palabre::app
