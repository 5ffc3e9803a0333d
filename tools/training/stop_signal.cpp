#include "tools/training/stop_signal.h"

#include <array>
#include <csignal>
#include <unistd.h>

namespace fno::training {
namespace {

constexpr std::array<int, 2> kSignals{SIGINT, SIGTERM};

// A handler can reach nothing but statics.
volatile std::sig_atomic_t noted = 0;
std::array<struct sigaction, kSignals.size()> before;

extern "C" void note_stop(int signal) {
  if (noted != 0) _exit(StopSignal::kExit + signal);
  noted = signal;
}

}  // namespace

StopSignal::StopSignal() {
  noted = 0;
  struct sigaction action {};
  action.sa_handler = note_stop;
  action.sa_flags = SA_RESTART;  // a write in progress goes on
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before[i]);
}

StopSignal::~StopSignal() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before[i], nullptr);
}

int StopSignal::received() { return noted; }

}  // namespace fno::training
