#include "tools/training/stop_signal.h"

#include <array>
#include <chrono>
#include <csignal>
#include <unistd.h>

namespace fno::training {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGUSR1};

const Clock::time_point program_start = Clock::now();
std::optional<Clock::time_point> time_ends;

// A handler can reach nothing but statics.
volatile std::sig_atomic_t noted = 0;
std::array<struct sigaction, kSignals.size()> before;

extern "C" void note_stop(int signal) {
  if (noted != 0 && noted != SIGUSR1) _exit(StopSignal::kExit + signal);
  if (noted == 0 || signal != SIGUSR1) noted = signal;
}

}  // namespace

StopSignal::StopSignal(std::optional<double> seconds) {
  noted = 0;
  time_ends.reset();
  if (seconds)
    time_ends = program_start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*seconds));
  struct sigaction action {};
  action.sa_handler = note_stop;
  action.sa_flags = SA_RESTART;  // a write in progress goes on
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before[i]);
}

StopSignal::~StopSignal() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before[i], nullptr);
  time_ends.reset();
}

int StopSignal::received() { return noted; }

bool StopSignal::asked() { return noted != 0 || (time_ends && Clock::now() >= *time_ends); }

int StopSignal::status() {
  const int signal = noted;
  const bool over = signal == SIGUSR1 || (signal == 0 && asked());
  return over ? kTimeIsOver : kExit + (signal != 0 ? signal : SIGTERM);
}

}  // namespace fno::training
