import os, psycopg, pytest, time, re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import threading
from sqlalchemy import create_engine, text

def prep(url):
    e=create_engine(url)
    with e.begin() as c: c.execute(text("create table t(a timestamptz default now())"))
    e.dispose()

@pytest.mark.parametrize("i", range(5))
def test_pg(postgres, i):
    t=time.monotonic()
    u=postgres.new_database(prep); mid=time.monotonic()
    e=create_engine(u)
    with e.begin() as c:
        assert c.execute(text("select count(*) from t")).scalar()==0
        c.execute(text("insert into t default values"))
    e.dispose()
    postgres.drop_database(u)
    print("new", mid-t, "all", time.monotonic()-t, postgres.pid, os.stat(f"/proc/{postgres.pid}").st_uid, postgres.directory)

def test_restart(postgres):
    u=postgres.new_database(prep); postgres.restart("immediate"); 
    e=create_engine(u)
    with e.connect() as c: assert c.execute(text("select count(*) from t")).scalar()==0
    e.dispose(); postgres.drop_database(u)

class H(BaseHTTPRequestHandler):
    def do_GET(self):
        bad=self.path=="/bad"
        self.send_response(200); self.send_header("Content-Type","text/html")
        self.send_header("Content-Security-Policy","default-src 'none'; img-src 'self' data:"); self.end_headers()
        self.wfile.write(b"<title>x</title><link rel=icon href='data:,'>hello"+(b"<p style='color:red'>x</p><script>throw 1</script><img src='http://example.invalid/x.png'>" if bad else b""))
    def log_message(self,*a): pass
@pytest.fixture
def web():
    s=ThreadingHTTPServer(("127.0.0.1",0),H); th=threading.Thread(target=s.serve_forever); th.start()
    yield f"http://127.0.0.1:{s.server_port}"
    s.shutdown(); s.server_close(); th.join()
def test_ok(page, web):
    page.goto(web); assert page.title()=="x"; assert "hello" in page.inner_text("body")
def test_bad(page, web):
    page.goto(web+"/bad")
def test_throw(page, web):
    page.goto(web); page.evaluate("console.error('boo')"); page.evaluate("setTimeout(()=>{throw new Error('bang')},0)"); page.wait_for_timeout(100)
def test_allowed(pages, web):
    p=pages.new(java_script_enabled=False); pages.allow("CSP|Content Security|stranger|ERR_"); p.goto(web+"/bad")
def test_clock(clock):
    a=clock.monotonic(); clock.move(5); assert clock.monotonic()-a==5
