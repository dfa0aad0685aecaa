// One thread or a team, by the clock.
#pragma once

namespace afmnn {

/// On a busy machine a team that meets often waits for a thread that the system has put aside, and one thread alone is
/// faster. Where both give the same bits, the clock may choose: it remembers how long a unit of work took either way, takes the
/// faster one, and tries the other every so often on a little work.
class TeamChoice {
 public:
  struct Plan {
    bool together;
    bool trial;  // do little, and before that a little more untimed: a team has to be woken, and finds nothing in its caches
  };

  Plan plan() {
    if (together_ == 0.0 || alone_ == 0.0) return {together_ == 0.0, true};
    const bool trial = ++plans_ % plans_between_trials == 0;
    return {(together_ < alone_) != trial, trial};
  }
  /// After work that was long enough to be timed.
  void record(const Plan& plan, double seconds_per_unit) {
    double& known = plan.together ? together_ : alone_;
    known = plan.trial ? seconds_per_unit : 0.5 * (known + seconds_per_unit);  // because what was known before a trial is old
  }

 private:
  static constexpr int plans_between_trials = 16;
  double together_ = 0.0;  // seconds a unit; 0: not known yet
  double alone_ = 0.0;
  unsigned plans_ = 0;
};

}  // namespace afmnn
