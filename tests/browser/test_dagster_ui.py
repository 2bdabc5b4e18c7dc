"""`dagster dev` in a real browser: everything is materialised by one click.

Needs Chromium and its driver (Debian: apt-get install chromium chromium-driver). With
SCREENSHOTS=<folder> in the environment, the pictures of the documentation are made
anew.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from roi.embedded import ports
from roi.embedded import services as embedded_services
from roi.settings import PROJECT_ROOT

pytestmark = [pytest.mark.browser, pytest.mark.services]

EVERYTHING = "Materialize all"
RunRoi = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def dagster_url(
    isolated_environment: None,
    own_state_dir: Path,
    run_roi: RunRoi,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """A `dagster dev` with a week of simulated traffic waiting in the topics."""
    embedded_services.up(
        own_state_dir, postgres_port=ports.any_free(), kafka_port=ports.any_free()
    )
    variables = {
        "ROI_STATE_DIR": str(own_state_dir),
        "DAGSTER_HOME": str(PROJECT_ROOT / "orchestration"),
        "ROI_DAGSTER_STATE": str(tmp_path_factory.mktemp("dagster")),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
    done = run_roi("simulate", "--days", "7", "--rate", "2000", **variables)
    assert done.returncode == 0, done.stderr

    url = f"http://127.0.0.1:{(port := ports.any_free())}"
    log = tmp_path_factory.mktemp("log") / "dagster.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                Path(sys.executable).with_name("dagster"),
                *("dev", "--host", "127.0.0.1", "--port", str(port)),
            ],
            cwd=PROJECT_ROOT,
            env=os.environ | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(url, process, log)
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    chromium, driver_path = shutil.which("chromium"), shutil.which("chromedriver")
    # Left out only by not asking for it: a tier that skips itself proves nothing.
    assert chromium, "install chromium"
    assert driver_path, "install chromedriver"
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage"):
        options.add_argument(f"--{argument}")
    options.add_argument("--window-size=1800,1200")
    service = webdriver.ChromeService(driver_path)
    with webdriver.Chrome(options=options, service=service) as driver:
        yield driver


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{url}/server_info", timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
        else:
            return
    pytest.fail(log.read_text())


def wait_for_text(browser: webdriver.Chrome, *texts: str, seconds: float = 60) -> str:
    def shown(driver: webdriver.Chrome) -> str | None:
        text = driver.find_element(By.TAG_NAME, "body").text
        return text if all(each in text for each in texts) else None

    def described() -> str:
        return f"{texts} not in:\n{browser.find_element(By.TAG_NAME, 'body').text}"

    try:
        return str(WebDriverWait(browser, seconds).until(shown))
    except Exception as error:
        raise AssertionError(described()) from error


def picture(browser: webdriver.Chrome, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        time.sleep(3)  # until nothing moves any more
        browser.save_screenshot(str(Path(folder) / f"{name}.png"))


def button(browser: webdriver.Chrome, text: str) -> None:
    [found, *_] = [
        each
        for each in browser.find_elements(By.TAG_NAME, "button")
        if each.text.startswith(text)
    ]
    found.click()


def test_everything_is_materialised_by_one_click(
    browser: webdriver.Chrome, dagster_url: str
) -> None:
    browser.get(f"{dagster_url}/asset-groups")
    wait_for_text(browser, EVERYTHING, "kafka", "raw", "staging", "marts")
    button(browser, EVERYTHING)

    wait_for_text(browser, "Launched run")
    browser.get(f"{dagster_url}/runs")
    text = wait_for_text(browser, "Success", seconds=240)
    assert "Failure" not in text

    browser.get(f"{dagster_url}/assets/marts/daily_cpa?view=checks")
    text = wait_for_text(browser, "Succeeded", "Passed")
    assert "Failed" not in text
    picture(browser, "dagster_checks")

    browser.get(f"{dagster_url}/asset-groups")
    wait_for_text(browser, EVERYTHING)
    picture(browser, "dagster_groups")
    expand_all_groups(browser)
    wait_for_text(browser, "daily_cpa_by_model")
    browser.set_window_size(1700, 2600)
    browser.refresh()  # fits the whole graph into the window
    wait_for_text(browser, EVERYTHING)
    picture(browser, "dagster_lineage")


def expand_all_groups(browser: webdriver.Chrome) -> None:
    ActionChains(browser).move_by_offset(1200, 900).context_click().perform()
    [item, *_] = WebDriverWait(browser, 10).until(
        lambda driver: [
            each
            for each in driver.find_elements(By.CSS_SELECTOR, "[role=menuitem]")
            if each.text.startswith("Expand all groups")
        ]
    )
    item.click()
