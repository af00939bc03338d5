#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "app/output.h"
#include "base/result.h"
#include "link/impairment.h"

namespace palabre::app {

/// `palabre lab`: to see what happens when things go badly.
class LabCommands {
 public:
  /// Adds it to `palabre`, which calls back into this: it stays where it is.
  explicit LabCommands(CLI::App& palabre);
  LabCommands(const LabCommands&) = delete;
  LabCommands& operator=(const LabCommands&) = delete;

  /// Whether it was given. Asked after the command line has been read.
  bool given() const { return given_; }
  /// Does it, until it is interrupted.
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
