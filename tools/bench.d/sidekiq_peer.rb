# frozen_string_literal: true

# Sidekiq's side of the queue's figures: prints one JSON object, as `cpa-bench queue` does for ours.
#
#   ruby sidekiq_peer.rb process|submit|submit-bulk REDIS_URL JOBS CONCURRENCY BATCH
#
# Logging is off, as in its own sidekiqload; the time to start is not counted.
require 'json'
require 'sidekiq'
require 'sidekiq/api'
require 'sidekiq/launcher'

FIGURE, URL, *NUMBERS = ARGV
JOBS, CONCURRENCY, BATCH = NUMBERS.map(&:to_i)
# How often each job ran: a slot is written by whoever runs it, so a job that runs twice shows.
LEDGER = Array.new(JOBS, 0)
RUNS = Queue.new

class NoOp
  include Sidekiq::Worker
  sidekiq_options retry: false

  def perform(number)
    LEDGER[number] += 1
    RUNS << number
  end
end

Sidekiq.logger.level = Logger::ERROR
# Debian's Redis client warns of a call Sidekiq makes with every job; writing that would be most of its time.
Redis.silence_deprecations = true
Redis.sadd_returns_boolean = false
Sidekiq.configure_client { |config| config.redis = { url: URL, size: CONCURRENCY + 5 } }
Sidekiq.configure_server { |config| config.redis = { url: URL, size: CONCURRENCY + 5 } }

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

def fill
  (0...JOBS).each_slice(1000) { |part| Sidekiq::Client.push_bulk('class' => NoOp, 'args' => part.map { |number| [number] }) }
end

def process
  fill
  options = Sidekiq.options.merge(queues: ['default'], concurrency: CONCURRENCY, timeout: 5, environment: 'production')
  launcher = Sidekiq::Launcher.new(options)
  start = now
  launcher.run
  JOBS.times { RUNS.pop }
  seconds = now - start
  launcher.stop
  { per_second: JOBS / seconds, jobs: JOBS, lost: LEDGER.count(0), twice: LEDGER.count { |runs| runs > 1 },
    left: Sidekiq::Queue.new('default').size }
end

def submit
  start = now
  yield
  seconds = now - start
  left = Sidekiq::Queue.new('default').size
  { per_second: JOBS / seconds, jobs: JOBS, lost: [JOBS - left, 0].max, twice: [left - JOBS, 0].max, left: 0 }
end

result =
  case FIGURE
  when 'process' then process
  when 'submit' then submit { JOBS.times { |number| NoOp.perform_async(number) } }
  when 'submit-bulk'
    submit do
      (0...JOBS).each_slice(BATCH) do |part|
        Sidekiq::Client.push_bulk('class' => NoOp, 'args' => part.map { |number| [number] })
      end
    end
  else abort "sidekiq_peer: there is no figure #{FIGURE}"
  end
puts JSON.generate(result.merge(concurrency: CONCURRENCY))
# Its heartbeat thread would hold the process for seconds.
$stdout.flush
exit!(0)
