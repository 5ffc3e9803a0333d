#include "framework/autograd/checkpoint.h"

#include "framework/autograd/reads.h"

namespace fno {
namespace {

thread_local bool second_time = false;

class SecondTime {
 public:
  SecondTime() : before_(second_time) { second_time = true; }
  ~SecondTime() { second_time = before_; }
  SecondTime(const SecondTime&) = delete;
  SecondTime& operator=(const SecondTime&) = delete;

 private:
  bool before_;
};

}  // namespace

bool recomputing() { return second_time; }

Var checkpoint(std::function<Var(const Var& x)> fn, const Var& x) {
  const Tensor kept = x.value();
  std::vector<Var> inputs{x};
  Tensor y;
  {
    const NoGrad none;
    const Reads reads;
    y = fn(Var(kept)).value();
    for (const Var& p : reads.found()) {
      // The reverse pass inside would walk on into the graph behind it, and free it.
      require<ErrorKind::config>(p.is_leaf(), "checkpoint: a parameter ", p.value(),
                                 " was computed; leaves are needed");
      inputs.push_back(p);
    }
  }
  return record(std::move(y), std::move(inputs), [fn = std::move(fn), kept](const Tensor& dy, const Grads& grads) {
    const Recording on(true);
    const SecondTime now;
    const Var again = grads.wants(0) ? Var::leaf(kept) : Var(kept);
    backward(fn(again), dy);
    if (again.has_grad()) grads.add(0, again.grad());
  });
}

}  // namespace fno
